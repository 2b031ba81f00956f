use std::fs;
use std::net::SocketAddr;
use std::path::PathBuf;
use std::sync::Arc;

use bytes::Bytes;
use http::Request;
use http_body_util::Full;
use hyper::client::conn::{http1, http2};
use hyper_util::rt::{TokioExecutor, TokioIo};
use rcgen::{CertificateParams, KeyPair};
use rustls::{ClientConfig, ProtocolVersion, RootCertStore, SupportedProtocolVersion};
use rustls_pki_types::{CertificateDer, ServerName};
use serde_json::Value;
use tempfile::TempDir;
use tokio::net::TcpStream;
use tokio_rustls::TlsConnector;

use super::Answer;
use super::client::answer;

/// The files of a certificate and its key, which their owner renews.
pub(crate) struct Identity {
    folder: TempDir,
}

/// A certificate of 127.0.0.1 that signed itself, as PEM, with its key.
pub(crate) struct Issued {
    pub(crate) certificate: String,
    pub(crate) key: String,
    der: CertificateDer<'static>,
}

impl Issued {
    pub(crate) fn new() -> Self {
        let key = KeyPair::generate().expect("a key can be made");
        let certificate = CertificateParams::new(["127.0.0.1".to_owned()])
            .and_then(|it| it.self_signed(&key))
            .expect("a certificate can be made");
        Self {
            certificate: certificate.pem(),
            key: key.serialize_pem(),
            der: certificate.der().clone(),
        }
    }
}

impl Identity {
    /// Files with a first certificate.
    pub(crate) fn new() -> (Self, Issued) {
        let folder = tempfile::tempdir().expect("a temporary folder can be made");
        let identity = Self { folder };
        let issued = identity.renew();
        (identity, issued)
    }

    pub(crate) fn certificate(&self) -> PathBuf {
        self.folder.path().join("fullchain.pem")
    }

    pub(crate) fn key(&self) -> PathBuf {
        self.folder.path().join("privkey.pem")
    }

    /// What tells the server of them.
    pub(crate) fn options(&self) -> [String; 4] {
        let text = |path: PathBuf| path.to_str().expect("a path is UTF-8").to_owned();
        [
            "--tls-cert".to_owned(),
            text(self.certificate()),
            "--tls-key".to_owned(),
            text(self.key()),
        ]
    }

    /// Puts a new certificate in place of the old, as certbot does: the names become links to
    /// other files.
    pub(crate) fn renew(&self) -> Issued {
        let issued = Issued::new();
        let version = uuid::Uuid::new_v4().simple().to_string();
        for (name, text) in [
            (self.certificate(), &issued.certificate),
            (self.key(), &issued.key),
        ] {
            let file = self.folder.path().join(format!(
                "{version}-{}",
                name.file_name().unwrap_or_default().to_string_lossy()
            ));
            fs::write(&file, text).expect("a file can be written");
            let link = file.with_extension("link");
            std::os::unix::fs::symlink(&file, &link).expect("a link can be made");
            fs::rename(&link, &name).expect("a link can be renamed");
        }
        issued
    }

    /// Writes something into the certificate's file as it is.
    pub(crate) fn overwrite_certificate(&self, text: &str) {
        fs::write(self.certificate(), text).expect("a file can be written");
    }
}

/// What a client insists on.
pub(crate) struct Wish<'w> {
    pub(crate) trusts: &'w Issued,
    pub(crate) alpn: &'w [&'w str],
    pub(crate) versions: &'w [&'static SupportedProtocolVersion],
}

impl<'w> Wish<'w> {
    /// A client that takes this certificate and no other, and knows everything.
    pub(crate) fn any(trusts: &'w Issued) -> Self {
        Self {
            trusts,
            alpn: &["h2", "http/1.1"],
            versions: rustls::ALL_VERSIONS,
        }
    }
}

/// A connection over TLS.
pub(crate) struct Secure {
    sender: Sender,
    host: String,
    pub(crate) version: ProtocolVersion,
    pub(crate) alpn: Option<String>,
}

enum Sender {
    Http1(http1::SendRequest<Full<Bytes>>),
    Http2(http2::SendRequest<Full<Bytes>>),
}

impl Secure {
    /// Shakes hands; an error if the server has another certificate, or not what is wished.
    pub(crate) async fn connect(address: SocketAddr, wish: Wish<'_>) -> Result<Self, String> {
        let mut roots = RootCertStore::empty();
        roots
            .add(wish.trusts.der.clone())
            .expect("a certificate can be trusted");
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let mut config = ClientConfig::builder_with_provider(provider)
            .with_protocol_versions(wish.versions)
            .expect("there are versions of TLS")
            .with_root_certificates(roots)
            .with_no_client_auth();
        config.alpn_protocols = wish.alpn.iter().map(|it| it.as_bytes().to_vec()).collect();
        let tcp = TcpStream::connect(address)
            .await
            .expect("the server accepts connections");
        let tls = TlsConnector::from(Arc::new(config))
            .connect(ServerName::from(address.ip()), tcp)
            .await
            .map_err(|error| error.to_string())?;
        let session = tls.get_ref().1;
        let version = session.protocol_version().expect("hands were shaken");
        let alpn = session.alpn_protocol();
        let alpn = alpn.map(|it| String::from_utf8_lossy(it).into_owned());
        let io = TokioIo::new(tls);
        let sender = if alpn.as_deref() == Some("h2") {
            let (sender, connection) = http2::handshake(TokioExecutor::new(), io)
                .await
                .map_err(|error| error.to_string())?;
            tokio::spawn(async move { drop(connection.await) });
            Sender::Http2(sender)
        } else {
            let (sender, connection) = http1::handshake(io)
                .await
                .map_err(|error| error.to_string())?;
            tokio::spawn(async move { drop(connection.await) });
            Sender::Http1(sender)
        };
        Ok(Self {
            sender,
            host: address.to_string(),
            version,
            alpn,
        })
    }

    /// Sends a request with a token.
    pub(crate) async fn request(
        &mut self,
        method: &str,
        path: &str,
        token: &str,
        body: Option<Value>,
    ) -> Answer {
        let host = &self.host;
        let name = format!("{method} https://{host}{path}");
        let request = Request::builder()
            .method(method)
            .header("authorization", format!("Bearer {token}"))
            .header("content-type", "application/scim+json");
        let body = Full::from(body.map_or_else(String::new, |it| it.to_string()));
        let sent = match &mut self.sender {
            Sender::Http1(sender) => {
                let request = request.uri(path).header("host", host).body(body);
                sender.send_request(request.expect("a request")).await
            }
            Sender::Http2(sender) => {
                let request = request.uri(format!("https://{host}{path}")).body(body);
                sender.send_request(request.expect("a request")).await
            }
        };
        let sent = sent.unwrap_or_else(|error| panic!("{name}: {error:?}"));
        let answer = answer(name.clone(), sent).await;
        answer.unwrap_or_else(|| panic!("the body of {name} broke off"))
    }
}

/// Writes a ClientHello (RFC 5246 §7.4.1.2) by hand, which offers no newer version than this.
pub(crate) fn client_hello(version: u16) -> Vec<u8> {
    let mut body = version.to_be_bytes().to_vec();
    body.extend([7; 32]);
    body.push(0);
    // ECDHE-ECDSA with AES, as TLS 1.2 and as TLS 1.0 know it, and no compression
    body.extend([0, 4, 0xc0, 0x2b, 0xc0, 0x09, 1, 0]);
    let extensions: &[&[u8]] = &[
        &[0, 10, 0, 6, 0, 4, 0, 0x1d, 0, 0x17], // groups: X25519, P-256
        &[0, 11, 0, 2, 1, 0],                   // points are not compressed
        &[0, 13, 0, 4, 0, 2, 4, 3],             // signatures: ECDSA with P-256 and SHA-256
    ];
    let extensions = extensions.concat();
    let length = |bytes: &[u8]| u16::try_from(bytes.len()).expect("a ClientHello is small");
    body.extend(length(&extensions).to_be_bytes());
    body.extend(extensions);
    let mut record = vec![22, 3, 1];
    record.extend((length(&body) + 4).to_be_bytes());
    record.extend([1, 0]);
    record.extend(length(&body).to_be_bytes());
    record.extend(body);
    record
}
