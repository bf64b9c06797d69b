//! What is written down of the responses under one key: text, a block a response.
//!
//! The record is what counts. A host writes the body first, into a slot that no record speaks of, and
//! then the record in one step: a worker that is stopped in between leaves a body that nobody finds, and
//! never a body under another's head.

use super::step::Write;
use crate::http::{
    Fields, ResponseHead, Split, StoredResponse, Timestamp, decimal, digits, matches_weakly, push_all, push_ascii, run,
    split_once,
};
use crate::policy;

/// How many responses are kept under one key: the oldest go first.
pub const VARIANTS: usize = 8;

/// Slots for bodies: one more than there are variants, so that a new body never lies over one that is
/// still spoken of.
const SLOTS: u8 = VARIANTS as u8 + 1;

/// The status that says that a block is no response ([`mark`]).
const MARK: u16 = 1;

/// What a block ends with: a character that no URL and no field can hold.
const END: u8 = b'\x1e';

/// Reads a record. A block that cannot be read is passed over, as is whatever is no record.
pub fn read(text: &str) -> Vec<StoredResponse> {
    let mut stored = Vec::new();
    for one in Split::new(text, END) {
        if let Some(one) = block(one)
            && stored.len() <= VARIANTS
        {
            stored.push(one);
        }
    }
    // One slot is always left; only a mark, which has no body, may be one more.
    if stored.last().is_some_and(|one| one.head.status != MARK) {
        stored.truncate(VARIANTS);
    }
    stored
}

fn block(text: &str) -> Option<StoredResponse> {
    let (first, rest) = split_once(text, b'\n')?;
    let mut words = Split::new(first, b' ');
    let mut number = || words.next().and_then(signed);
    let slot = number().and_then(|slot| u8::try_from(slot).ok()).filter(|slot| *slot < SLOTS)?;
    let status = number().and_then(|status| u16::try_from(status).ok())?;
    let (request_time, response_time) = (Timestamp::from_millis(number()?), Timestamp::from_millis(number()?));
    let (url, rest) = split_once(rest, b'\n').filter(|(url, _)| is_writable(url))?;
    // An empty line ends the nominated fields.
    let mut end = 0;
    for line in Split::new(rest, b'\n') {
        if line.is_empty() {
            break;
        }
        end += line.len() + 1;
    }
    let (nominated, fields) = (rest.get(..end)?, rest.get(end + 1..)?);
    let head = ResponseHead { fields: Fields::parse(fields), redirected: false, status };
    let nominated = Fields::parse(nominated);
    Some(StoredResponse { head, nominated, request_time, response_time, slot, url: url.to_owned() })
}

fn signed(text: &str) -> Option<i64> {
    match text.strip_prefix("-") {
        Some(text) => digits(text).map(|number| -number),
        None => digits(text),
    }
}

/// Whether a response can be written down: its URL has no control characters, as none has that a host gives.
fn is_writable(url: &str) -> bool {
    run(url, |b| b >= b' ') == url.len()
}

/// Writes a record. What cannot be written down is left out.
pub fn write(stored: &[StoredResponse]) -> String {
    let mut text = String::new();
    for one in stored.iter().filter(|one| is_writable(&one.url)) {
        let numbers =
            [one.slot.into(), one.head.status.into(), one.request_time.as_millis(), one.response_time.as_millis()];
        for (index, number) in numbers.iter().enumerate() {
            text.push_str(if index == 0 { "" } else { " " });
            text.push_str(&decimal(*number));
        }
        push_all(&mut text, &["\n", &one.url, "\n", one.nominated.as_text(), "\n", one.head.fields.as_text()]);
        push_ascii(&mut text, END);
    }
    text
}

/// For how many seconds a body may come, as far as order goes: an hour.
const LONGEST_WRITE: u32 = 60 * 60;

/// What a write comes to for the record that is there by now.
#[derive(Clone, Debug, Default, Eq, PartialEq)]
pub struct Commit {
    /// The slot that the body goes into, before the record is written.
    pub body: Option<u8>,
    /// The record as it is then; empty if nothing is left.
    pub record: String,
    /// Slots whose bodies are not spoken of any more.
    pub freed: Vec<u8>,
}

/// Carries a write out on the record that is there by now, which need not be the one that the exchange
/// saw: other requests are under way. `None` if nothing is to be changed: what is there is newer.
pub fn commit(write_step: &Write, record: &str) -> Option<Commit> {
    let mut stored = read(record);
    let mut body = None;
    let last = stored.last().map(|one| one.slot);
    keep(&mut stored, &|one| one.head.status != MARK);
    let (count, before) = (stored.len(), slots(&stored));
    match write_step {
        Write::Store(_, news) if !is_writable(&news.url) => return None,
        Write::Store(_, news) => {
            if stored.iter().any(|one| replaces(news, one) && is_newer(one, news)) {
                return None;
            }
            keep(&mut stored, &|one| !replaces(news, one));
            if stored.len() == VARIANTS {
                let oldest = stored.iter().map(|one| one.response_time).min();
                let index = stored.iter().position(|one| Some(one.response_time) == oldest);
                stored.remove(index.unwrap_or_default());
            }
            // In turn, so that a reader who has the record of a moment ago is not given a newer body.
            let first = last.map_or(0, |slot| slot + 1);
            let slot = (first..first + SLOTS).map(|slot| slot % SLOTS).find(|slot| before & 1 << slot == 0);
            body = slot;
            stored.push(StoredResponse { slot: slot.unwrap_or_default(), ..news.clone() });
        }
        Write::Freshen(_, had, news) => {
            // Only what is still the same response: another may have taken its slot, with the same weak tag.
            let had = write(std::slice::from_ref(had));
            let one = stored.iter_mut().find(|one| write(std::slice::from_ref(one)) == had)?;
            if is_newer(one, news) {
                return None;
            }
            *one = news.clone();
        }
        Write::Note(_, news) => {
            let rule = |one: &StoredResponse| one.head.fields.joined("no-vary-search");
            if stored.iter().any(|one| one.head.status == 0 && rule(one) == rule(news)) {
                return None;
            }
            keep(&mut stored, &|one| one.head.status != 0);
            stored.push(StoredResponse { slot: last.unwrap_or_default(), ..news.clone() });
        }
        Write::RemoveGroups(_, groups) => {
            keep(&mut stored, &|one| !policy::groups(&one.head).iter().any(|group| groups.contains(group)));
            if stored.len() == count {
                return None;
            }
        }
        Write::Remove(_) | Write::Clear(_) => stored.clear(),
        Write::StoreAsset => return None,
    }
    let freed = before & !slots(&stored);
    if let (Write::Remove(_) | Write::RemoveGroups(..), Some(last)) = (write_step, last) {
        stored.push(mark(last));
    }
    let mut commit = Commit { body, record: write(&stored), freed: Vec::new() };
    for slot in 0..SLOTS {
        if freed & 1 << slot != 0 {
            commit.freed.push(slot);
        }
    }
    Some(commit)
}

/// Keeps the responses of which `keeps` says so.
fn keep(stored: &mut Vec<StoredResponse>, keeps: &dyn Fn(&StoredResponse) -> bool) {
    stored.retain(|one| keeps(one));
}

/// The slots that responses speak of, a bit each.
fn slots(stored: &[StoredResponse]) -> u16 {
    stored.iter().fold(0, |slots, one| slots | 1 << one.slot)
}

/// What stands in the place of responses that were removed: it says which slot was used last, so that
/// the next body does not go where somebody may still be reading.
fn mark(slot: u8) -> StoredResponse {
    let (head, never) = (ResponseHead { fields: Fields::new(), redirected: false, status: MARK }, Timestamp::default());
    StoredResponse { slot, ..StoredResponse::new("", head, never, never) }
}

/// Whether a new response takes the place of a stored one: it answers the same requests.
fn replaces(news: &StoredResponse, one: &StoredResponse) -> bool {
    // A part says less than the whole, and does not take its place while that may still be served.
    let is_lesser = news.part().is_some() && one.part().is_none() && one.head.status == 200;
    one.head.status != 0 && policy::is_for_same(one, news) && (!is_lesser || !is_same_body(one, news))
}

/// Whether what is stored came after something that is only written now. By more than a body takes, the clock was set back in between.
fn is_newer(one: &StoredResponse, news: &StoredResponse) -> bool {
    one.response_time > news.response_time && one.response_time.since(news.response_time).as_seconds() < LONGEST_WRITE
}

/// Whether two heads are of the same body, as far as validators tell.
fn is_same_body(one: &StoredResponse, other: &StoredResponse) -> bool {
    let tags = (one.head.fields.first("etag"), other.head.fields.first("etag"));
    match tags {
        (Some(one), Some(other)) => matches_weakly(one, other),
        (None, None) => one.head.fields.first("last-modified") == other.head.fields.first("last-modified"),
        _ => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    #[cfg(target_arch = "wasm32")]
    use wasm_bindgen_test::wasm_bindgen_test as test;

    fn stored(slot: u8, came: i64, fields: &[(&str, &str)]) -> StoredResponse {
        let head = ResponseHead { fields: fields.iter().copied().collect(), redirected: false, status: 200 };
        let at = Timestamp::from_millis(came);
        StoredResponse { slot, ..StoredResponse::new("https://a.b/c?d=e", head, at, at) }
    }

    fn key() -> String {
        "k".to_owned()
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let mut varied = stored(3, -5, &[("vary", "a"), ("link", "<x>; y=\"= 1\""), ("link", "z"), ("empty", "")]);
        varied.nominated.append("a", "1");
        varied.nominated.append("a", "2: 3");
        for all in [vec![], vec![stored(0, 7, &[])], vec![varied.clone()], vec![stored(1, 2, &[("a", "b")]), varied]] {
            assert_eq!(read(&write(&all)), all);
        }
        let full: Vec<StoredResponse> = (0..9).map(|slot| stored(slot, 1, &[])).collect();
        assert_eq!(read(&write(&full)).len(), VARIANTS);
        let committed = commit(&Write::Store(key(), stored(0, 2, &[("vary", "x")])), &write(&full)).unwrap();
        assert!(read(&write(&full)).iter().all(|one| Some(one.slot) != committed.body));
        for nonsense in [
            "",
            "0",
            "nonsense",
            "0 200 1\nu\n\n",
            "99 200 1 1\nu\n\n",
            "0 200 1 1",
            "0 200 1 1\nu",
            "0 200 1 1\nu\na: 1",
            "x\n\n\n",
            "0 200 1 1\nhttps://a\u{1a}.b/\n\n",
        ] {
            assert_eq!(read(nonsense), [], "{nonsense:?}");
        }
    }

    #[test]
    fn a_field_cannot_cut_a_record_short() {
        let fields = [("a", "1\x1e0 200 1 1\x1e"), ("vary", "cookie"), ("cache-control", "no-cache")];
        let all = [stored(0, 7, &fields)];
        let back = read(&write(&all));
        assert_eq!(back, all);
        assert_eq!(back[0].head.fields.first("cache-control"), Some("no-cache"));
    }

    #[test]
    fn nor_can_a_url() {
        for url in ["https://a.b/\x1e0 200 1 1\nhttps://a.b/\n\n", "https://a.b/\n", "https://a.b/\x1e"] {
            let odd = StoredResponse { url: url.to_owned(), ..stored(0, 7, &[]) };
            assert_eq!(commit(&Write::Store(key(), odd.clone()), ""), None, "{url:?}");
            assert_eq!(read(&write(&[odd, stored(1, 8, &[])])), [stored(1, 8, &[])], "{url:?}");
        }
    }

    #[test]
    fn a_new_body_never_lies_over_one_that_is_spoken_of() {
        let first = commit(&Write::Store(key(), stored(0, 1, &[])), "").unwrap();
        assert_eq!((first.body, first.freed.as_slice()), (Some(0), [].as_slice()));
        let second = commit(&Write::Store(key(), stored(0, 2, &[])), &first.record).unwrap();
        assert_eq!((second.body, second.freed.as_slice()), (Some(1), [0].as_slice()));
        let third = commit(&Write::Store(key(), stored(0, 3, &[])), &second.record).unwrap();
        assert_eq!((third.body, third.freed.as_slice()), (Some(2), [1].as_slice()));
        assert_eq!(commit(&Write::Store(key(), stored(0, 1, &[])), &second.record), None);

        let mut record = String::new();
        for number in 0..20 {
            let mut one = stored(0, number, &[("vary", "a")]);
            one.nominated.append("a", &decimal(number));
            let before = read(&record);
            let committed = commit(&Write::Store(key(), one), &record).unwrap();
            assert!(before.iter().all(|one| Some(one.slot) != committed.body));
            record = committed.record;
        }
        let kept: Vec<i64> = read(&record).iter().map(|one| one.response_time.as_millis()).collect();
        assert_eq!(kept, [12, 13, 14, 15, 16, 17, 18, 19]);
    }

    #[test]
    fn only_what_is_still_there_is_freshened() {
        let had = stored(0, 5, &[("etag", "\"a\"")]);
        let record = write(std::slice::from_ref(&had));
        let freshen = |had: &StoredResponse, came| {
            let news = stored(had.slot, came, &[("etag", "\"a\""), ("x", "1")]);
            commit(&Write::Freshen(key(), had.clone(), news), &record)
        };
        assert!(freshen(&had, 6).unwrap().record.contains("x: 1"));
        assert_eq!(freshen(&had, 4), None);
        let mut part = stored(0, 5, &[("etag", "\"a\"")]);
        part.head.status = 206;
        let mut for_others = had.clone();
        for_others.nominated.append("a", "1");
        let tagged = stored(0, 5, &[("etag", "\"b\"")]);
        let elsewhere = StoredResponse { slot: 1, ..had.clone() };
        for one in [part, for_others, tagged, elsewhere, stored(0, 4, &[("etag", "\"a\"")])] {
            assert_eq!(freshen(&one, 6), None, "{one:?}");
        }
        let removed = commit(&Write::Remove(key()), &record).unwrap();
        assert_eq!((removed.record.as_str(), removed.freed.as_slice()), ("0 1 0 0\n\n\n\x1e", [0].as_slice()));
        // Nor does the next body go where the removed one was, which somebody may still be reading.
        let next = commit(&Write::Store(key(), had), &removed.record).unwrap();
        assert_eq!((next.body, read(&next.record).len()), (Some(1), 1));
        assert_eq!(commit(&Write::Remove(key()), "").unwrap().record, "");
    }

    #[test]
    fn groups_are_removed_by_name() {
        let record = write(&[
            stored(0, 1, &[("cache-groups", "\"a\", \"b\"")]),
            stored(1, 2, &[("cache-groups", "\"B\""), ("vary", "x")]),
        ]);
        let remove = |name: &str| commit(&Write::RemoveGroups(key(), vec![name.to_owned()]), &record);
        assert_eq!(remove("b").unwrap().freed, [0]);
        assert_eq!(remove("B").unwrap().freed, [1]);
        assert_eq!(remove("c"), None);
    }

    #[test]
    fn a_part_does_not_replace_its_whole() {
        let whole = stored(0, 1, &[("etag", "\"a\"")]);
        let mut part = stored(0, 2, &[("etag", "\"a\""), ("content-range", "bytes 0-1/9")]);
        part.head.status = 206;
        let record = write(&[whole]);
        assert_eq!(read(&commit(&Write::Store(key(), part.clone()), &record).unwrap().record).len(), 2);
        part.head.fields.set("etag", "\"b\"");
        assert_eq!(read(&commit(&Write::Store(key(), part), &record).unwrap().record).len(), 1);
    }
}
