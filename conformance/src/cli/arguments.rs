//! What is wanted.

use std::path::PathBuf;
use std::time::Duration;

use clap::Parser;
use ureq::http::uri::Authority;
use ureq::http::{HeaderName, HeaderValue, Uri};

use crate::check::Profile;
use crate::report::Format;
use crate::wire::Target;

/// Judges a SCIM 2.0 server by RFC 7643, 7644 and 9865, and by what identity providers send.
///
/// Makes users and groups whose names begin with `scimconf-`, and takes them away again. Exits
/// with 0 if no rule that must be kept is broken, with 1 if one is (or a check of this suite),
/// with 2 if nothing could be judged, and with 130 after Ctrl-C.
#[derive(Debug, Parser)]
#[command(name = "scim-conformance", version)]
#[expect(clippy::struct_excessive_bools, reason = "each is an option")]
pub struct Arguments {
    /// Base of the server's SCIM addresses, `https://scim.example.com/v2`
    #[arg(
        long,
        value_name = "URL",
        env = "SCIM_BASE_URL",
        value_parser = base_url,
        required_unless_present = "list"
    )]
    pub base_url: Option<String>,
    /// The bearer token; no report shows it
    #[arg(long, env = "SCIM_TOKEN", hide_env_values = true)]
    pub token: Option<String>,
    /// Sends this header with each request, `Name: value`; no report shows the value; may be
    /// repeated
    #[arg(long, value_name = "HEADER")]
    pub header: Vec<String>,
    /// Judges also what this identity provider, or draft, needs; may be repeated
    #[arg(long, value_enum)]
    pub profile: Vec<Profile>,
    /// Runs only these checks: ids, RFC sections (7644-3.5.2), areas, levels, lines of the
    /// catalogue; with commas between them
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    pub only: Vec<String>,
    /// Leaves these checks out; the same words as for --only
    #[arg(long, value_name = "WHICH", value_delimiter = ',')]
    pub skip: Vec<String>,
    /// Sends also requests that race each other (area `race`)
    #[arg(long)]
    pub race: bool,
    /// Judges also how the server behaves with so many resources (area `scale`)
    #[arg(long, value_name = "N")]
    pub scale: Option<usize>,
    /// Form of the report on standard output
    #[arg(long, value_enum, default_value = "text")]
    pub format: Format,
    /// Writes the report to this file too, in the form of its ending: .txt .json .xml (JUnit)
    /// .html .md .svg (badge); may be repeated
    #[arg(long, value_name = "FILE", value_parser = output)]
    pub output: Vec<PathBuf>,
    /// A JSON report of before: exits with 1 only if something is worse than in it
    #[arg(long, value_name = "FILE")]
    pub baseline: Option<PathBuf>,
    /// How many checks run at once
    #[arg(long, value_name = "N", default_value_t = 4, value_parser = clap::value_parser!(u16).range(1..=256))]
    pub jobs: u16,
    /// Sends at most so many requests in a second
    #[arg(long, value_name = "PER_SECOND", value_parser = rate)]
    pub rate: Option<f64>,
    /// How long an answer may take, in seconds
    #[arg(long, value_name = "SECONDS", default_value_t = 30, value_parser = clap::value_parser!(u64).range(1..=3600))]
    pub timeout: u64,
    /// Takes any certificate
    #[arg(long)]
    pub insecure: bool,
    /// Leaves on the server what was made
    #[arg(long, conflicts_with = "clean")]
    pub keep: bool,
    /// Deletes what killed runs have left (names that begin with `scimconf-`), and judges nothing
    #[arg(long, conflicts_with = "list")]
    pub clean: bool,
    /// Lists the checks, and judges nothing; --format json for programs
    #[arg(long)]
    pub list: bool,
}

impl Arguments {
    /// The server, and how to speak with it.
    ///
    /// # Errors
    /// If a token or a header cannot be sent; the words do not repeat it.
    pub fn target(&self) -> Result<Target, String> {
        let token = self.token.as_deref().map(str::trim);
        let token = token.filter(|it| !it.is_empty());
        if token.is_some_and(|it| HeaderValue::from_str(it).is_err()) {
            return Err("the token has characters that no header can have".to_owned());
        }
        let headers = self.header.iter().map(|it| header(it));
        Ok(Target {
            base_url: self.base_url.clone().unwrap_or_default(),
            token: token.map(str::to_owned),
            headers: headers.collect::<Result<_, _>>()?,
            insecure: self.insecure,
            timeout: Duration::from_secs(self.timeout),
            rate: self.rate,
        })
    }
}

fn header(text: &str) -> Result<(String, String), String> {
    let (name, value) = text
        .split_once(':')
        .ok_or("a --header is written `Name: value`")?;
    let (name, value) = (name.trim().to_lowercase(), value.trim().to_owned());
    if HeaderName::from_bytes(name.as_bytes()).is_err() || HeaderValue::from_str(&value).is_err() {
        return Err(format!(
            "the --header {name:?} has characters that no header can have"
        ));
    }
    Ok((name, value))
}

fn base_url(text: &str) -> Result<String, String> {
    const EXAMPLE: &str = "it is written like https://scim.example.com/v2";
    let url: Uri = text
        .parse()
        .map_err(|error| format!("{error}; {EXAMPLE}"))?;
    if !matches!(url.scheme_str(), Some("http" | "https")) {
        return Err(format!("it has no http:// or https://; {EXAMPLE}"));
    }
    let authority = url.authority().map_or("", Authority::as_str);
    if authority.contains('@') {
        return Err("it has a user in it; say that with --header 'Authorization: …'".to_owned());
    }
    if text.contains(['?', '#']) {
        return Err(format!("it has a query or a fragment; {EXAMPLE}"));
    }
    Ok(text.trim_end_matches('/').to_owned())
}

fn rate(text: &str) -> Result<f64, String> {
    let rate = text.parse().ok();
    rate.filter(|it| (0.01..=1e6).contains(it))
        .ok_or_else(|| "it is a number from 0.01 to 1000000".to_owned())
}

fn output(text: &str) -> Result<PathBuf, String> {
    let path = PathBuf::from(text);
    match Format::of_file(&path) {
        Some(_) => Ok(path),
        None => Err("its name ends with .txt .json .xml .html .md or .svg".to_owned()),
    }
}
