//! Saying something, to whoever reads it: a reader who has gone (`keepfresh diff A B | head`) is no reason to fail, as it is
//! for `println!`.

/// Writes a line on standard output.
macro_rules! outln {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stdout(), $($text)*);
    }};
}

/// Writes on standard output.
macro_rules! out {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = write!(std::io::stdout(), $($text)*);
    }};
}

/// Writes a line on standard error.
macro_rules! errln {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = writeln!(std::io::stderr(), $($text)*);
    }};
}

/// Writes on standard error.
macro_rules! err {
    ($($text:tt)*) => {{
        use std::io::Write;
        let _ = write!(std::io::stderr(), $($text)*);
    }};
}
