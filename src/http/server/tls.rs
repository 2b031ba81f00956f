//! TLS, with a certificate that is read again when its files change.

use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::time::Duration;

use rustls::ServerConfig;
use rustls_pki_types::pem::PemObject as _;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use tokio::net::TcpStream;
use tokio::sync::watch;
use tokio_rustls::TlsAcceptor;
use tokio_rustls::server::TlsStream;

/// How often the files are looked at.
const LOOK_EVERY: Duration = Duration::from_secs(2);

/// Why there is no TLS.
#[derive(Debug, thiserror::Error)]
pub enum TlsError {
    /// A file cannot be read as what it is to be.
    #[error("cannot read {what} in {}: {error} (expected PEM)", file.display())]
    File {
        /// Certificates, or the private key.
        what: &'static str,
        /// The file.
        file: PathBuf,
        /// What is wrong.
        error: rustls_pki_types::pem::Error,
    },
    /// The two do not belong together, or are not for a server.
    #[error("the certificate in {} and its key cannot be used: {error}", file.display())]
    Unusable {
        /// The certificate's file.
        file: PathBuf,
        /// What is wrong.
        error: rustls::Error,
    },
}

/// TLS 1.2 and 1.3 with the newest certificate that could be read.
#[derive(Clone, Debug)]
pub struct Tls {
    config: watch::Receiver<Arc<ServerConfig>>,
}

impl Tls {
    /// Reads certificate and key, and follows them on a task of its own.
    ///
    /// # Errors
    /// If they cannot be used. Later, files that cannot be used are logged and the ones before
    /// are kept.
    pub fn open(certificate: &Path, key: &Path) -> Result<Self, TlsError> {
        let seen = [changed(certificate), changed(key)];
        let (sender, config) = watch::channel(read(certificate, key)?);
        let paths = [certificate.to_owned(), key.to_owned()];
        tokio::spawn(follow(paths, seen, sender));
        Ok(Self { config })
    }

    /// Shakes hands.
    pub(super) async fn accept(&self, stream: TcpStream) -> std::io::Result<TlsStream<TcpStream>> {
        let config = Arc::clone(&self.config.borrow());
        TlsAcceptor::from(config).accept(stream).await
    }
}

/// What tells one state of a file from another: inode, size, time of the last change.
type Seen = Option<(u64, u64, i64, i64)>;

fn changed(file: &Path) -> Seen {
    let of = std::fs::metadata(file).ok()?;
    Some((of.ino(), of.size(), of.mtime(), of.mtime_nsec()))
}

async fn follow(
    [certificate, key]: [PathBuf; 2],
    mut seen: [Seen; 2],
    sender: watch::Sender<Arc<ServerConfig>>,
) {
    while !sender.is_closed() {
        tokio::time::sleep(LOOK_EVERY).await;
        let now = [changed(&certificate), changed(&key)];
        if now == seen {
            continue;
        }
        seen = now;
        match read(&certificate, &key) {
            Ok(config) => {
                sender.send_replace(config);
                tracing::info!("read the certificate in {} again", certificate.display());
            }
            // half of the two may be written; the other half is a change too
            Err(error) => tracing::warn!("kept the old certificate: {error}"),
        }
    }
}

fn read(certificate: &Path, key: &Path) -> Result<Arc<ServerConfig>, TlsError> {
    let unreadable = |what, file: &Path| {
        let file = file.to_owned();
        move |error| TlsError::File { what, file, error }
    };
    let chain = CertificateDer::pem_file_iter(certificate)
        .and_then(Iterator::collect::<Result<Vec<_>, _>>)
        .map_err(unreadable("certificates", certificate))?;
    let key = PrivateKeyDer::from_pem_file(key).map_err(unreadable("a private key", key))?;
    let unusable = |error| TlsError::Unusable {
        file: certificate.to_owned(),
        error,
    };
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let mut config = ServerConfig::builder_with_provider(provider)
        .with_protocol_versions(rustls::DEFAULT_VERSIONS)
        .map_err(unusable)?
        .with_no_client_auth()
        .with_single_cert(chain, key)
        .map_err(unusable)?;
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(Arc::new(config))
}
