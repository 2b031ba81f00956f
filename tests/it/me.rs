//! `/Me`: a SCIM token is nobody (RFC 7644 §3.11).

use serde_json::json;

use crate::support::{TestServer, patch, user};

on_each_database! {
    async fn a_token_is_no_user(server: TestServer) { // P1 P4
        server.create_user("ada").await;
        for (method, body) in [
            ("GET", None),
            ("DELETE", None),
            ("PUT", Some(user("bo"))),
            ("PATCH", Some(patch(json!([{ "op": "replace", "path": "userName", "value": "bo" }])))),
            ("POST", Some(user("bo"))),
        ] {
            for path in ["/scim/v2/Me", "/scim/v2/Me/"] {
                let answer = server.request(method, path, body.clone(), &[]).await;
                answer.one_of(&[404, 501]).is_scim_error();
            }
        }
        assert_eq!(server.users_where("userName pr").await, ["ada"]);
    }
}
