//! Who a request comes from, and under which address it reached us: as the connection says, or
//! as a proxy says that we trust.

use std::net::{IpAddr, Ipv6Addr};

use http::header::HOST;
use http::request::Parts;
use http::{HeaderMap, Version};
use ipnet::IpNet;

use super::server::Peer;
use crate::scim::ScimError;

/// Who asks, and for which host.
#[derive(Clone, Debug)]
pub(super) struct Client {
    /// The client's address.
    pub(super) address: IpAddr,
    /// True if the address is that of a proxy, which does not say for whom it asks, or is not
    /// believed.
    pub(super) is_proxy: bool,
    /// `http` or `https`.
    pub(super) scheme: &'static str,
    /// Host and port that it asked for.
    pub(super) host: String,
}

const FORWARDED: [&str; 4] = [
    "forwarded",
    "x-forwarded-for",
    "x-forwarded-proto",
    "x-forwarded-host",
];

impl Client {
    /// Reads who asks. Headers about forwarding are believed from `trusted` networks only.
    ///
    /// # Errors
    /// 400 without exactly one `Host`, which is a host (RFC 9112 §3.2).
    pub(super) fn of(parts: &Parts, trusted: &[IpNet]) -> Result<Self, ScimError> {
        let peer = parts.extensions.get::<Peer>().copied();
        let address = peer.map_or(IpAddr::from([0, 0, 0, 0]), |peer| peer.address.ip());
        let mut client = Self {
            address: address.to_canonical(),
            is_proxy: FORWARDED
                .iter()
                .any(|name| parts.headers.contains_key(*name)),
            scheme: if peer.is_some_and(|peer| peer.is_tls) {
                "https"
            } else {
                "http"
            },
            host: host(parts)?,
        };
        if client.is_proxy && is_trusted(client.address, trusted) {
            client.believe(&Said::read(&parts.headers), trusted)?;
        }
        Ok(client)
    }

    /// Takes what proxies said. Each appends the address of its own client: the last one that is
    /// no proxy of ours is the client.
    fn believe(&mut self, said: &Said<'_>, trusted: &[IpNet]) -> Result<(), ScimError> {
        for address in said.addresses.iter().rev() {
            // what cannot be read was not written by a proxy of ours
            let Some(address) = without_port(address) else {
                break;
            };
            self.address = address;
            self.is_proxy = false;
            if !is_trusted(address, trusted) {
                break;
            }
        }
        match said.scheme.map(str::to_ascii_lowercase).as_deref() {
            Some("https") => self.scheme = "https",
            Some("http") => self.scheme = "http",
            Some(_) | None => {}
        }
        if let Some(host) = said.host {
            proper(host)?.clone_into(&mut self.host);
        }
        Ok(())
    }
}

/// What headers about forwarding say: `X-Forwarded-*`, or `Forwarded` (RFC 7239).
#[derive(Debug, Default)]
struct Said<'h> {
    addresses: Vec<&'h str>,
    scheme: Option<&'h str>,
    host: Option<&'h str>,
}

impl<'h> Said<'h> {
    fn read(headers: &'h HeaderMap) -> Self {
        let items = |name| {
            let values = headers.get_all(name).into_iter();
            let values = values.filter_map(|value| value.to_str().ok());
            values.flat_map(|value| value.split(',')).map(str::trim)
        };
        let mut said = Self {
            addresses: items("x-forwarded-for").collect(),
            scheme: items("x-forwarded-proto").next(),
            host: items("x-forwarded-host").next(),
        };
        for element in items("forwarded") {
            for pair in element.split(';') {
                let (name, value) = pair.split_once('=').unwrap_or((pair, ""));
                let value = value.trim();
                let quoted = value
                    .strip_prefix('"')
                    .and_then(|rest| rest.strip_suffix('"'));
                let value = quoted.unwrap_or(value);
                match name.trim().to_ascii_lowercase().as_str() {
                    "for" => said.addresses.push(value),
                    "proto" => said.scheme = said.scheme.or(Some(value)),
                    "host" => said.host = said.host.or(Some(value)),
                    _ => {}
                }
            }
        }
        said
    }
}

fn is_trusted(address: IpAddr, trusted: &[IpNet]) -> bool {
    trusted.iter().any(|network| network.contains(&address))
}

/// `192.0.2.1`, `192.0.2.1:80`, `2001:db8::1`, `[2001:db8::1]:80`.
fn without_port(text: &str) -> Option<IpAddr> {
    let bare = text.parse::<IpAddr>().ok();
    let address = bare.or_else(|| {
        let host = text.strip_prefix('[').map_or_else(
            || text.rsplit_once(':').map_or(text, |(host, _)| host),
            |rest| rest.split(']').next().unwrap_or_default(),
        );
        host.parse().ok()
    });
    address.map(|address| address.to_canonical())
}

/// The host of a request: exactly one, wherever it is said.
fn host(parts: &Parts) -> Result<String, ScimError> {
    let mut hosts = parts.headers.get_all(HOST).iter();
    let authority = parts.uri.authority().map(http::uri::Authority::as_str);
    let host = match (authority, hosts.next(), hosts.next()) {
        (Some(authority), None, None) => authority,
        // who says two different hosts would be read differently by a proxy and by us
        (Some(authority), Some(host), None) if host.as_bytes() == authority.as_bytes() => authority,
        (None, Some(host), None) => host.to_str().unwrap_or_default(),
        // HTTP/1.0 did not know the header
        (None, None, None) if parts.version == Version::HTTP_10 => "localhost",
        (_, _, _) => "",
    };
    proper(host).map(str::to_owned)
}

/// Checks that a text is a host, with or without a port (RFC 3986 §3.2.2).
fn proper(host: &str) -> Result<&str, ScimError> {
    let bracketed = host.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (is_name, port) = if let Some((address, port)) = bracketed {
        (address.parse::<Ipv6Addr>().is_ok(), port)
    } else {
        let (name, port) = host.split_at(host.find(':').unwrap_or(host.len()));
        let is_letter = |c: char| c.is_ascii_alphanumeric() || "-._".contains(c);
        (!name.is_empty() && name.chars().all(is_letter), port)
    };
    let is_port =
        |digits: &str| digits.bytes().all(|c| c.is_ascii_digit()) && digits.parse::<u16>().is_ok();
    if !is_name || !(port.is_empty() || port.strip_prefix(':').is_some_and(is_port)) {
        let detail = "the request needs one Host header with a host name";
        return Err(ScimError::status(400, detail));
    }
    Ok(host)
}

#[cfg(test)]
mod tests {
    use http::Request;

    use super::*;

    fn client(peer: &str, headers: &[(&str, &str)], trusted: &[&str]) -> Client {
        let mut request = Request::builder().header("host", "inside:8080");
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        let mut parts = request.body(()).unwrap().into_parts().0;
        parts.extensions.insert(Peer {
            address: format!("{peer}:1").parse().unwrap(),
            is_tls: false,
        });
        let trusted: Vec<IpNet> = trusted.iter().map(|net| net.parse().unwrap()).collect();
        Client::of(&parts, &trusted).unwrap()
    }

    #[test]
    fn nobody_is_believed_who_is_not_trusted() {
        let said = [
            ("x-forwarded-for", "198.51.100.7"),
            ("x-forwarded-proto", "https"),
            ("x-forwarded-host", "evil"),
        ];
        let client = client("192.0.2.1", &said, &["10.0.0.0/8"]);
        assert_eq!(client.address.to_string(), "192.0.2.1");
        assert_eq!(
            (client.scheme, client.host.as_str()),
            ("http", "inside:8080")
        );
        assert!(client.is_proxy);
    }

    #[test]
    fn the_last_address_that_is_no_proxy_of_ours_is_the_client() {
        let trusted = ["10.0.0.0/8", "2001:db8::/32"];
        for (said, expected) in [
            ("203.0.113.5", "203.0.113.5"),
            ("1.2.3.4, 203.0.113.5", "203.0.113.5"),
            ("1.2.3.4, 203.0.113.5, 10.1.1.1", "203.0.113.5"),
            ("203.0.113.5:4711", "203.0.113.5"),
            ("[2001:db9::1]:4711", "2001:db9::1"),
            ("10.2.2.2", "10.2.2.2"),
            ("nonsense, 10.2.2.2", "10.2.2.2"),
            ("nonsense", "10.0.0.1"),
        ] {
            let client = client("10.0.0.1", &[("x-forwarded-for", said)], &trusted);
            assert_eq!(client.address.to_string(), expected, "{said}");
        }
    }

    #[test]
    fn a_proxy_that_does_not_say_for_whom_it_asks_is_known_as_one() {
        let trusted = ["10.0.0.0/8"];
        for (name, said, is_proxy) in [
            ("x-forwarded-for", "203.0.113.5", false),
            ("x-forwarded-for", "nonsense", true),
            ("x-forwarded-proto", "https", true),
            ("x-request-id", "1", false),
        ] {
            let client = client("10.0.0.1", &[(name, said)], &trusted);
            assert_eq!(client.is_proxy, is_proxy, "{name}: {said}");
        }
    }

    #[test]
    fn both_kinds_of_headers_are_read() {
        let said = [(
            "forwarded",
            "for=203.0.113.5;proto=https;host=idp.example, for=\"[2001:db9::1]:1\"",
        )];
        let client = client("10.0.0.1", &said, &["10.0.0.0/8"]);
        assert_eq!(client.address.to_string(), "2001:db9::1");
        assert_eq!(
            (client.scheme, client.host.as_str()),
            ("https", "idp.example")
        );
    }

    #[test]
    fn a_host_is_a_name_or_an_address_and_perhaps_a_port() {
        for host in [
            "a",
            "a.example:80",
            "192.0.2.1:1",
            "[::1]",
            "[::1]:8080",
            "a_b-c.",
        ] {
            assert!(proper(host).is_ok(), "{host}");
        }
        for host in [
            "", ":80", "a:b", "a:80:80", "a:", "[::1", "::1", "[a]", "[::1]x", "a b", "a/b",
            "a:65536", "ü",
        ] {
            assert!(proper(host).is_err(), "{host}");
        }
    }
}
