//! A proxy before the specimen that is rude in one way: what an HTTP library would never do.

use std::io::{Read as _, Write as _};
use std::net::{SocketAddr, TcpListener, TcpStream};

/// What a rude proxy does, and what is then wrong.
pub const RUDE: &[(&str, &str)] = &[
    ("rude.head", "an answer to HEAD has a body"),
    (
        "rude.close",
        "a connection is closed after a request, without a word",
    ),
    ("rude.chunks", "a client of HTTP/1.0 is answered in chunks"),
];

/// Starts a proxy before a server, and returns where it listens; it ends with the process.
pub fn before(server: SocketAddr, how: &'static str) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").expect("a port is free");
    let address = listener.local_addr().expect("it has an address");
    std::thread::spawn(move || {
        for client in listener.incoming().flatten() {
            std::thread::spawn(move || {
                let mut client = client;
                while let Some(request) = read_request(&mut client) {
                    let Some(answer) = ask(server, &request) else {
                        break;
                    };
                    let answer = rudely(how, &request, answer);
                    if client.write_all(&answer).is_err() || how == "rude.close" {
                        break;
                    }
                }
            });
        }
    });
    address
}

/// Reads a request with its body.
fn read_request(client: &mut TcpStream) -> Option<Vec<u8>> {
    let mut read = Vec::new();
    let mut byte = [0];
    while !read.ends_with(b"\r\n\r\n") {
        client.read_exact(&mut byte).ok()?;
        read.push(byte[0]);
    }
    let head = String::from_utf8_lossy(&read).to_lowercase();
    let length = head.split_once("content-length:").map_or(0, |(_, rest)| {
        let value = rest.split("\r\n").next().unwrap_or_default();
        value.trim().parse().unwrap_or(0)
    });
    let mut body = vec![0; length];
    client.read_exact(&mut body).ok()?;
    read.extend(body);
    Some(read)
}

/// Sends a request on a connection of its own, and returns the whole answer.
fn ask(server: SocketAddr, request: &[u8]) -> Option<Vec<u8>> {
    let mut upstream = TcpStream::connect(server).ok()?;
    let line = request.windows(2).position(|it| it == b"\r\n")? + 2;
    let (first, rest) = request.split_at(line);
    upstream
        .write_all(&[first, b"Connection: close\r\n", rest].concat())
        .ok()?;
    let mut answer = Vec::new();
    upstream.read_to_end(&mut answer).ok()?;
    Some(answer)
}

/// Returns the answer without a word of closing, and with the one rudeness.
fn rudely(how: &str, request: &[u8], answer: Vec<u8>) -> Vec<u8> {
    let end = answer
        .windows(4)
        .position(|it| it == b"\r\n\r\n")
        .map_or(answer.len(), |it| it + 4);
    let (head, body) = answer.split_at(end);
    let text = String::from_utf8_lossy(head);
    let kept = text
        .split_inclusive("\r\n")
        .filter(|it| !it.to_lowercase().starts_with("connection:"));
    let mut head: String = kept.collect();
    let mut body = body.to_vec();
    let first = String::from_utf8_lossy(request)
        .lines()
        .next()
        .unwrap_or_default()
        .to_owned();
    if how == "rude.head" && first.starts_with("HEAD ") {
        body = b"{\"schemas\":[]}".to_vec();
    }
    if how == "rude.chunks" && first.ends_with("HTTP/1.0") {
        let length = head
            .to_lowercase()
            .find("content-length:")
            .unwrap_or(head.len());
        let rest = head.split_off(length);
        head.push_str("Transfer-Encoding: chunked\r\n");
        head.push_str(rest.split_once("\r\n").map_or("\r\n", |(_, rest)| rest));
        let chunk = [
            format!("{:x}\r\n", body.len()).as_bytes(),
            &body,
            b"\r\n0\r\n\r\n",
        ]
        .concat();
        body = chunk;
    }
    [head.as_bytes(), &body].concat()
}
