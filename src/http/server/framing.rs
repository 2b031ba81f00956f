//! Where HTTP/1.1 requests begin and end, for those that a proxy might read otherwise than we do.
//!
//! # Why
//! hyper takes a bare LF for the end of a line, `Transfer-Encoding` before a `Content-Length`
//! beside it, and much between the last chunk and the end, as RFC 9112 (§2.2, §6.3, §7.1) lets a
//! server do. A proxy in front of us that decides differently would see one request where we see
//! two, and the second would be somebody else's. No client of ours sends such requests, so the
//! connection ends.

/// The head of a request is no longer than hyper's buffer; a chunk's size has so many digits.
const SIZE_DIGITS: u32 = 8;

/// Follows the bytes of a connection from request to request.
#[derive(Debug, Default)]
pub(super) struct Framing {
    place: Place,
    /// The head so far.
    head: Vec<u8>,
}

/// What the next byte belongs to.
#[derive(Clone, Copy, Debug, Default)]
enum Place {
    #[default]
    Head,
    /// So many bytes of a body.
    Body(u64),
    /// The size of a chunk: its value, its digits, and whether an extension follows.
    Size {
        value: u64,
        digits: u32,
        extension: bool,
    },
    SizeEnd(u64),
    Chunk(u64),
    /// What ends a chunk, or all of them: so much of CRLF is seen.
    ChunkEnd {
        last: bool,
        seen: u8,
    },
}

const SIZE: Place = Place::Size {
    value: 0,
    digits: 0,
    extension: false,
};

impl Framing {
    /// Takes the next bytes; what cannot be read in one way only is an error.
    pub(super) fn take(&mut self, mut bytes: &[u8]) -> Result<(), &'static str> {
        while let Some((first, rest)) = bytes.split_first() {
            (self.place, bytes) = match self.place {
                Place::Head => match self.head(*first)? {
                    Some(next) => (next, rest),
                    None => (Place::Head, rest),
                },
                Place::Body(left) => skip(bytes, left, Place::Body, Place::Head),
                Place::Chunk(left) => {
                    let end = Place::ChunkEnd {
                        last: false,
                        seen: 0,
                    };
                    skip(bytes, left, Place::Chunk, end)
                }
                place => (after(place, *first)?, rest),
            };
        }
        Ok(())
    }

    /// Takes a byte of the head; what follows, once it is complete.
    fn head(&mut self, byte: u8) -> Result<Option<Place>, &'static str> {
        if byte == b'\n' && self.head.last() != Some(&b'\r') {
            return Err("a line of the head ends with a bare LF");
        }
        // before a request, empty lines are skipped (RFC 9112 §2.2)
        if self.head.is_empty() && byte == b'\r' || self.head == b"\r" {
            self.head = if byte == b'\r' {
                vec![byte]
            } else {
                Vec::new()
            };
            return Ok(None);
        }
        self.head.push(byte);
        if !self.head.ends_with(b"\r\n\r\n") {
            return Ok(None);
        }
        let next = body(&self.head);
        self.head.clear();
        next.map(Some)
    }
}

/// Skips up to so many bytes.
fn skip(bytes: &[u8], left: u64, go_on: fn(u64) -> Place, end: Place) -> (Place, &[u8]) {
    let here = usize::try_from(left).unwrap_or(usize::MAX).min(bytes.len());
    let left = left - here as u64;
    let place = if left == 0 { end } else { go_on(left) };
    (place, bytes.get(here..).unwrap_or_default())
}

/// Takes a byte of what stands around chunks (RFC 9112 §7.1).
fn after(place: Place, byte: u8) -> Result<Place, &'static str> {
    match (place, byte) {
        (Place::Size { value, digits, .. }, b'\r') if digits > 0 => Ok(Place::SizeEnd(value)),
        (Place::Size { value, digits, .. }, b';') if digits > 0 => Ok(Place::Size {
            value,
            digits,
            extension: true,
        }),
        (
            Place::Size {
                extension: true, ..
            },
            byte,
        ) if byte != b'\n' => Ok(place),
        (
            Place::Size {
                value,
                digits,
                extension: false,
            },
            byte,
        ) if digits < SIZE_DIGITS => match char::from(byte).to_digit(16) {
            Some(digit) => Ok(Place::Size {
                value: value * 16 + u64::from(digit),
                digits: digits + 1,
                extension: false,
            }),
            None => Err("a chunk's size is no hexadecimal number"),
        },
        (Place::SizeEnd(0), b'\n') => Ok(Place::ChunkEnd {
            last: true,
            seen: 0,
        }),
        (Place::SizeEnd(size), b'\n') => Ok(Place::Chunk(size)),
        (Place::ChunkEnd { last, seen: 0 }, b'\r') => Ok(Place::ChunkEnd { last, seen: 1 }),
        (
            Place::ChunkEnd {
                last: true,
                seen: 1,
            },
            b'\n',
        ) => Ok(Place::Head),
        (
            Place::ChunkEnd {
                last: false,
                seen: 1,
            },
            b'\n',
        ) => Ok(SIZE),
        (Place::ChunkEnd { last: true, .. }, _) => Err("something follows the last chunk"),
        (_, _) => Err("a chunk does not end where its size says"),
    }
}

/// Reads how long the body is, which a head says once and in one way.
fn body(head: &[u8]) -> Result<Place, &'static str> {
    let (mut length, mut is_chunked) = (None, false);
    for line in head.split(|byte| *byte == b'\n').skip(1) {
        let Some(colon) = line.iter().position(|byte| *byte == b':') else {
            continue;
        };
        let (name, value) = line.split_at(colon);
        let value = value.get(1..).unwrap_or_default().trim_ascii();
        if name.eq_ignore_ascii_case(b"content-length") {
            let digits = std::str::from_utf8(value)
                .ok()
                .filter(|text| text.bytes().all(|byte| byte.is_ascii_digit()));
            let read = digits.and_then(|digits| digits.parse::<u64>().ok());
            let read = read.ok_or("Content-Length is no number")?;
            if length.replace(read).is_some() {
                return Err("the head has two Content-Lengths");
            }
        } else if name.eq_ignore_ascii_case(b"transfer-encoding") {
            if is_chunked || !value.eq_ignore_ascii_case(b"chunked") {
                return Err("Transfer-Encoding is not chunked");
            }
            is_chunked = true;
        }
    }
    match (length, is_chunked) {
        (Some(_), true) => Err("the head says twice how long the body is"),
        (None, true) => Ok(SIZE),
        (None | Some(0), false) => Ok(Place::Head),
        (Some(length), false) => Ok(Place::Body(length)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(bytes: &str) -> Result<(), &'static str> {
        let whole = Framing::default().take(bytes.as_bytes());
        let mut bytewise = Framing::default();
        let parts = bytes.as_bytes().chunks(1);
        let parts = parts.map(|byte| bytewise.take(byte));
        assert_eq!(whole, parts.collect::<Result<(), _>>(), "{bytes:?}");
        whole
    }

    const CHUNKED: &str = "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n";

    #[test]
    fn what_clients_send_passes() {
        let get = "GET / HTTP/1.1\r\nHost: a\r\n\r\n";
        let post = "POST / HTTP/1.1\r\nContent-Length: 4\r\n\r\n\n\n\r\n";
        let chunks = format!("{CHUNKED}1\r\n\n\r\nA;x=1\r\n0123456789\r\n0\r\n\r\n");
        for requests in [
            get.to_owned(),
            post.to_owned(),
            chunks.clone(),
            format!("{chunks}{post}{get}{chunks}\r\n{get}"),
            "POST / HTTP/1.1\r\ntransfer-encoding:  Chunked \r\n\r\n0\r\n\r\n".to_owned(),
        ] {
            assert_eq!(verdict(&requests), Ok(()), "{requests:?}");
        }
    }

    #[test]
    fn what_could_be_read_in_two_ways_does_not() {
        for head in [
            "Content-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "TRANSFER-ENCODING: chunked\r\nContent-Length: 1\r\n\r\n",
            "Transfer-Encoding: chunked, chunked\r\n\r\n",
            "Transfer-Encoding: chunked\r\nTransfer-Encoding: chunked\r\n\r\n",
            "Transfer-Encoding: gzip\r\n\r\n",
            "Content-Length: 1\r\nContent-Length: 1\r\n\r\n",
            "Content-Length: +1\r\n\r\n",
            "Content-Length: 18446744073709551616\r\n\r\n",
            "Host: a\n\n",
            "Host: a\n\r\n",
        ] {
            assert!(
                verdict(&format!("POST / HTTP/1.1\r\n{head}")).is_err(),
                "{head:?}"
            );
        }
        assert!(verdict("GET / HTTP/1.1\nHost: a\r\n\r\n").is_err());
    }

    #[test]
    fn a_chunk_is_as_long_as_it_says() {
        for chunks in [
            "0\r\n\nGET",
            "0\r\nX: y\r\n\r\n",
            "1\r\nab\r\n",
            "1\na\r\n",
            "1\r\na\n",
            "\r\n",
            "g\r\n",
            "-1\r\n",
            " 1\r\n",
            "1 \r\n",
            "ffffffffffffffff\r\n",
            "1;a\n\r\n",
        ] {
            assert!(
                verdict(&format!("{CHUNKED}{chunks}")).is_err(),
                "{chunks:?}"
            );
        }
    }
}
