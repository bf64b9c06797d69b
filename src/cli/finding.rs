//! Showing a finding: the file, the line, the column, the line's text with a mark under it, and what to do.

use std::fmt;
use std::fs::File;
use std::io::{IsTerminal, Read, Seek, SeekFrom};
use std::path::Path;

use keepfresh::build::{Finding, Severity};
use miette::{
    Diagnostic, GraphicalReportHandler, GraphicalTheme, LabeledSpan, MietteError, MietteSpanContents, SourceCode,
    SourceSpan, SpanContents,
};

/// How many bytes of a line are shown on either side: lines of minified files have no end.
const AROUND: u64 = 60;

/// How many bytes are marked.
const MARKED: usize = 80;

/// A finding as people read it. `src` is the folder that its path belongs to.
pub(crate) fn show(finding: &Finding, src: &Path) -> String {
    let theme = match (std::io::stderr().is_terminal(), std::env::var_os("NO_COLOR")) {
        (true, None) => GraphicalTheme::unicode(),
        (true, Some(_)) => GraphicalTheme::unicode_nocolor(),
        (false, _) => GraphicalTheme::none(),
    };
    let Finding { path, line, column, severity, message, .. } = finding;
    let severity = match severity {
        Severity::Note => "note",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    let place = if *line > 0 { format!("{path}:{line}:{column}") } else { path.clone() };
    let mut text = format!("{severity}: {place}: {message}\n");
    if let Some(excerpt) = Excerpt::read(finding, src) {
        let mut shown = String::new();
        let handler = GraphicalReportHandler::new_themed(theme).without_cause_chain().with_context_lines(1);
        if handler.render_report(&mut shown, &Shown { excerpt, help: finding.help.as_deref() }).is_ok() {
            // The first line would say the message again.
            text.extend(shown.lines().skip_while(|line| !line.contains(path.as_str())).flat_map(|line| [line, "\n"]));
            return text;
        }
    }
    text.extend(finding.help.iter().flat_map(|help| ["  help: ", help, "\n"]));
    text
}

#[derive(Debug)]
struct Shown<'a> {
    excerpt: Excerpt,
    help: Option<&'a str>,
}

impl fmt::Display for Shown<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("-")
    }
}

impl std::error::Error for Shown<'_> {}

impl Diagnostic for Shown<'_> {
    fn help<'a>(&'a self) -> Option<Box<dyn fmt::Display + 'a>> {
        self.help.map(|help| Box::new(help) as Box<dyn fmt::Display>)
    }

    fn labels(&self) -> Option<Box<dyn Iterator<Item = LabeledSpan> + '_>> {
        let (start, end) = self.excerpt.marked;
        Some(Box::new(std::iter::once(LabeledSpan::new_primary_with_span(Some("here".to_owned()), start..end))))
    }

    fn source_code(&self) -> Option<&dyn SourceCode> {
        Some(&self.excerpt)
    }
}

/// A piece of a line, with its place in the file.
#[derive(Debug)]
struct Excerpt {
    column: usize,
    line: usize,
    /// What is to be marked, as bytes of the file.
    marked: (usize, usize),
    name: String,
    /// Where in the file the text begins.
    start: usize,
    text: Vec<u8>,
}

impl Excerpt {
    fn read(finding: &Finding, src: &Path) -> Option<Self> {
        if finding.line == 0 {
            return None;
        }
        let (start, end) = finding.bytes;
        let from = (start as u64).saturating_sub(AROUND);
        let mut file = File::open(src.join(&finding.path)).ok()?;
        file.seek(SeekFrom::Start(from)).ok()?;
        let end = end.min(start + MARKED);
        let mut text = Vec::new();
        file.take(end as u64 + AROUND - from).read_to_end(&mut text).ok()?;
        let at = start - from as usize;
        let first = text.get(..at)?.iter().rposition(|b| *b == b'\n').map_or(0, |feed| feed + 1);
        let last = text[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).map_or(text.len(), |length| at + length);
        // Not in the middle of a character.
        let text = &text[first..last];
        let lead = text.iter().take_while(|b| (**b & 0xc0) == 0x80).count();
        let text = String::from_utf8_lossy(&text[lead..]).trim_end_matches('\u{fffd}').as_bytes().to_vec();
        let start_of_text = from as usize + first + lead;
        let marked = (start, end.min(start_of_text + text.len()).max(start));
        let (line, column, name) = (finding.line - 1, finding.column - 1, finding.path.clone());
        (!text.is_empty()).then_some(Self { column, line, marked, name, start: start_of_text, text })
    }
}

impl SourceCode for Excerpt {
    fn read_span<'a>(
        &'a self,
        span: &SourceSpan,
        context_before: usize,
        _: usize,
    ) -> Result<Box<dyn SpanContents<'a> + 'a>, MietteError> {
        let from = if context_before == 0 { span.offset() } else { self.start };
        let text = self.text.get(from.saturating_sub(self.start)..).ok_or(MietteError::OutOfBounds)?;
        let column = if context_before == 0 { self.column } else { 0 };
        let here = SourceSpan::from((from, text.len()));
        Ok(Box::new(MietteSpanContents::new_named(self.name.clone(), text, here, self.line, column, 1)))
    }
}
