//! Lists of entity tags that are far too long (RFC 9110 §13.1).

use serde_json::json;

use crate::support::wire::statuses;
use crate::support::{TestServer, at_user, patch};

const SCIM: &str = "Content-Type: application/scim+json";

on_each_database! {
    async fn a_list_of_a_hundred_thousand_tags_is_compared_or_refused(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let version = server.get(&path).await.version();
        let body = patch(json!([{ "op": "replace", "path": "title", "value": "x" }])).to_string();
        let length = format!("Content-Length: {}", body.len());
        for number in [1_000, 100_000] {
            let tags = (0..number).map(|n| format!("W/\"x{n}\"")).collect::<Vec<_>>().join(",");
            for (list, allowed) in [(tags.clone(), [412, 400, 431]), (format!("{tags},{version}"), [200, 400, 431]), (format!("{version},{tags}"), [200, 400, 431])] {
                let version_before = server.get(&path).await.version();
                let request = server.head(&format!("PATCH {path} HTTP/1.1"), &[SCIM, &length, &format!("If-Match: {list}"), "Connection: close"]) + &body;
                let said = server.write_until_closed(request).await.expect("the server closes");
                let answered = statuses(&said);
                // The version moves when the first change is done, and then no longer matches.
                let stale = version_before != version && answered == [412];
                assert!(stale || (answered.len() <= 1 && answered.iter().all(|it| allowed.contains(it))), "{number}: {said}");
            }
            let request = server.head(&format!("GET {path} HTTP/1.1"), &[&format!("If-None-Match: {tags}"), "Connection: close"]);
            let said = server.write_until_closed(request).await.expect("the server closes");
            assert!(matches!(statuses(&said)[..], [] | [200 | 400 | 431]), "{number}: {said}");
        }
    }

    async fn the_same_condition_on_many_lines_is_one_list(server: TestServer) {
        let path = at_user(&server.create_user("ada").await);
        let version = server.get(&path).await.version();
        let others = ["If-None-Match: W/\"x\""; 40];
        let own = format!("If-None-Match: {version}");
        let headers = [&others[..], &[&own, "Connection: close"]].concat();
        let said = server.write_until_closed(server.head(&format!("GET {path} HTTP/1.1"), &headers)).await;

        assert_eq!(statuses(&said.expect("the server closes")), [304]);
    }
}
