//! Heads of HTTP/1.1 requests that a proxy might read otherwise than we do.
//!
//! # Why
//! hyper takes a bare LF for the end of a line, and `Transfer-Encoding` before a
//! `Content-Length` beside it, as RFC 9112 (§2.2, §6.3) lets a server do. A proxy in front of us
//! that decides differently would see one request where we see two, and the second would be
//! somebody else's. No client of ours sends such heads, so the connection ends.

/// Looks at the bytes of one head as they come.
#[derive(Debug, Default)]
pub(super) struct Head {
    bytes: Vec<u8>,
    is_complete: bool,
}

impl Head {
    /// Takes the next bytes and returns what is ambiguous in the head, as soon as it is seen.
    pub(super) fn take(&mut self, bytes: &[u8]) -> Result<(), &'static str> {
        if self.is_complete {
            *self = Self::default();
        }
        let seen = self.bytes.len();
        let mut before = self.bytes.last().copied();
        self.bytes.extend_from_slice(bytes);
        // the end may lie across two reads
        let from = seen.saturating_sub(3);
        let end = find_end(self.bytes.get(from..).unwrap_or_default()).map(|at| at + from);
        let head = self.bytes.get(..end.unwrap_or(self.bytes.len()));
        let head = head.unwrap_or_default();
        for byte in head.get(seen..).unwrap_or_default() {
            if *byte == b'\n' && before != Some(b'\r') {
                return Err("a line of the head ends with a bare LF");
            }
            before = Some(*byte);
        }
        if end.is_none() {
            return Ok(());
        }
        let verdict = check(head);
        self.is_complete = true;
        verdict
    }
}

fn find_end(bytes: &[u8]) -> Option<usize> {
    bytes
        .windows(4)
        .position(|four| four == b"\r\n\r\n")
        .map(|at| at + 4)
}

/// Checks that a complete head says in one way only how long its body is.
fn check(head: &[u8]) -> Result<(), &'static str> {
    let (mut has_length, mut encodings) = (false, 0);
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        if name.eq_ignore_ascii_case(b"content-length") {
            has_length = true;
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            encodings += 1;
            let value = value.trim_ascii_start().strip_prefix(b":").unwrap_or(value);
            if !value.trim_ascii().eq_ignore_ascii_case(b"chunked") {
                return Err("Transfer-Encoding is not chunked");
            }
        }
    }
    if encodings > 1 || encodings == 1 && has_length {
        return Err("the head says twice how long the body is");
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(head: &str) -> Result<(), &'static str> {
        let whole = Head::default().take(head.as_bytes());
        let mut bytewise = Head::default();
        let parts = head
            .as_bytes()
            .chunks(1)
            .try_for_each(|byte| bytewise.take(byte));
        assert_eq!(whole, parts, "{head:?}");
        whole
    }

    #[test]
    fn what_clients_send_passes() {
        assert_eq!(verdict("GET / HTTP/1.1\r\nHost: a\r\n\r\n"), Ok(()));
        assert_eq!(
            verdict("POST / HTTP/1.1\r\nContent-Length: 1\r\n\r\n"),
            Ok(())
        );
        assert_eq!(
            verdict("POST / HTTP/1.1\r\ntransfer-encoding:  Chunked \r\n\r\n"),
            Ok(())
        );
        assert_eq!(
            Head::default().take(b"POST / HTTP/1.1\r\nContent-Length: 2\r\n\r\n\n\n"),
            Ok(())
        );
    }

    #[test]
    fn what_could_be_read_in_two_ways_does_not() {
        for head in [
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTRANSFER-ENCODING: chunked\r\nContent-Length: 1\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked, chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "POST / HTTP/1.1\r\nTransfer-Encoding: gzip\r\n\r\n",
            "GET / HTTP/1.1\nHost: a\n\n",
            "GET / HTTP/1.1\r\nHost: a\n\r\n",
            "GET / HTTP/1.1\nHost: a\r\n\r\n",
        ] {
            assert!(verdict(head).is_err(), "{head:?}");
        }
    }

    #[test]
    fn the_next_head_begins_anew() {
        let mut head = Head::default();
        assert_eq!(
            head.take(b"GET / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n"),
            Ok(())
        );
        assert_eq!(
            head.take(b"GET / HTTP/1.1\r\nContent-Length: 0\r\n\r\n"),
            Ok(())
        );
    }
}
