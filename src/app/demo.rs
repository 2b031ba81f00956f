//! `vestibule demo`: a server on a temporary database, and a small company pushed into it over
//! HTTP the way Entra does it, each request and answer shown.

use anyhow::{Context as _, bail};
use bytes::Bytes;
use http_body_util::{BodyExt as _, Full};
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use serde_json::{Value, json};
use tokio::net::{TcpListener, TcpStream};

use super::{AMBIENT, authenticator, commands::say, http_state, open, patience};
use crate::config::Settings;
use crate::http::{self, SCIM_PATH};

const USER: &str = "urn:ietf:params:scim:schemas:core:2.0:User";
const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";
const GROUP: &str = "urn:ietf:params:scim:schemas:core:2.0:Group";

/// Serves and pushes; ends when the last step is done.
pub(super) async fn demo(settings: Settings) -> anyhow::Result<()> {
    let mut name = [0; 8];
    (AMBIENT.random)(&mut name);
    let folder =
        std::env::temp_dir().join(format!("vestibule-demo-{:016x}", u64::from_le_bytes(name)));
    std::fs::create_dir(&folder)?;
    let settings = Settings {
        database_url: format!("sqlite:{}", folder.join("demo.db").display()),
        ..settings
    };
    let done = push(&settings).await;
    std::fs::remove_dir_all(&folder)?;
    done
}

async fn push(settings: &Settings) -> anyhow::Result<()> {
    let directory = open(settings).await?;
    let secret = directory
        .first_token()
        .await?
        .context("the temporary database is not empty")?;
    let listener = TcpListener::bind("127.0.0.1:0").await?;
    let address = listener.local_addr()?;
    let settings = &Settings {
        public_url: None,
        ..settings.clone()
    };
    let authenticator = authenticator(&directory, settings);
    let server = tokio::spawn(http::serve(
        listener,
        http::router(http_state(directory, authenticator, settings)),
        None,
        patience(settings),
        std::future::pending(),
    ));

    let (sender, connection) = handshake(TokioIo::new(TcpStream::connect(address).await?)).await?;
    tokio::spawn(connection);
    let mut entra = Entra {
        sender,
        host: address.to_string(),
        token: secret.reveal().to_owned(),
    };
    say(&format!(
        "A server runs at http://{address}{SCIM_PATH} on a temporary database. Entra connects to it:"
    ));
    entra.provision().await?;
    say(
        "\nThat is all Entra does, and all of it is in the provisioning log of a real database: `vestibule log`.",
    );
    server.abort();
    Ok(())
}

/// A provisioning job of Entra.
struct Entra {
    sender: SendRequest<Full<Bytes>>,
    host: String,
    token: String,
}

impl Entra {
    async fn provision(&mut self) -> anyhow::Result<()> {
        let operation = |op: &str, path: &str, value: Value| json!({ "schemas": ["urn:ietf:params:scim:api:messages:2.0:PatchOp"], "Operations": [{ "op": op, "path": path, "value": value }] });

        self.step(
            "tests the connection",
            "GET",
            "/Users?filter=userName+eq+%22nobody%22",
            None,
            200,
        )
        .await?;
        let ann = json!({
            "schemas": [USER, ENTERPRISE], "externalId": "0a1b", "userName": "ann@umbra.example", "active": true, "displayName": "Ann Varga",
            "emails": [{ "primary": true, "type": "work", "value": "ann@umbra.example" }], "name": { "givenName": "Ann", "familyName": "Varga" },
            ENTERPRISE: { "department": "Field" }, "roles": []
        });
        let ann = self
            .step("creates Ann", "POST", "/Users", Some(ann), 201)
            .await?;
        let ben = json!({ "schemas": [USER], "externalId": "0a1c", "userName": "ben@umbra.example", "active": true, "displayName": "Ben Castell" });
        let ben = self
            .step("creates Ben", "POST", "/Users", Some(ben), 201)
            .await?;
        let group =
            json!({ "schemas": [GROUP], "externalId": "0b00", "displayName": "Field engineers" });
        let group = self
            .step(
                "creates a group, which becomes a team",
                "POST",
                "/Groups",
                Some(group),
                201,
            )
            .await?;
        let (ann, ben, group) = (
            format!("/Users/{}", text(&ann, "id")?),
            format!("/Users/{}", text(&ben, "id")?),
            format!("/Groups/{}", text(&group, "id")?),
        );
        let member = |path: &str| json!([{ "value": path.trim_start_matches("/Users/") }]);

        self.step(
            "puts Ann into it",
            "PATCH",
            &group,
            Some(operation("Add", "members", member(&ann))),
            204,
        )
        .await?;
        self.step(
            "puts Ben into it",
            "PATCH",
            &group,
            Some(operation("Add", "members", member(&ben))),
            204,
        )
        .await?;
        self.step("reads it back", "GET", &group, None, 200).await?;
        self.step(
            "renames Ann",
            "PATCH",
            &ann,
            Some(operation("Replace", "displayName", json!("Ann Okoye"))),
            200,
        )
        .await?;
        self.step(
            "takes Ben out of the group",
            "PATCH",
            &group,
            Some(operation("Remove", "members", member(&ben))),
            204,
        )
        .await?;
        self.step(
            "disables Ben: whatever he held is gone with this answer",
            "PATCH",
            &ben,
            Some(operation("Replace", "active", json!("False"))),
            200,
        )
        .await?;
        self.step("deletes Ben", "DELETE", &ben, None, 204).await?;
        self.step("finds him no more", "GET", &ben, None, 404)
            .await?;
        Ok(())
    }

    async fn step(
        &mut self,
        what: &str,
        method: &str,
        path: &str,
        body: Option<Value>,
        expected: u16,
    ) -> anyhow::Result<Value> {
        say(&format!("\n── Entra {what}\n{method} {SCIM_PATH}{path}"));
        if let Some(body) = &body {
            say(&format!("{body:#}"));
        }
        let request = hyper::Request::builder()
            .method(method)
            .uri(format!("{SCIM_PATH}{path}"))
            .header("Host", &self.host)
            .header("Authorization", format!("Bearer {}", self.token))
            .header("Content-Type", "application/scim+json; charset=utf-8")
            .body(Full::new(Bytes::from(
                body.map(|body| body.to_string()).unwrap_or_default(),
            )))?;
        let response = self.sender.send_request(request).await?;
        let status = response.status();
        let bytes = response.into_body().collect().await?.to_bytes();
        let answer = if bytes.is_empty() {
            Value::Null
        } else {
            serde_json::from_slice(&bytes)?
        };
        say(&format!("→ {status}"));
        if !answer.is_null() {
            say(&format!("{answer:#}"));
        }
        if status.as_u16() != expected {
            bail!("{expected} was expected");
        }
        Ok(answer)
    }
}

fn text<'a>(value: &'a Value, name: &str) -> anyhow::Result<&'a str> {
    value
        .get(name)
        .and_then(Value::as_str)
        .with_context(|| format!("the answer has no {name}"))
}
