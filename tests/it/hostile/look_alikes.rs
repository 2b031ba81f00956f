//! Names that look alike: the same in another form are one name, other letters are another.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Client, TestServer, at_user, bulk, user};

const USERS: &str = "/scim/v2/Users";

/// One name in four forms: composed, decomposed, full-width, and in capitals.
const FORMS: [&str; 4] = ["ren\u{e9}", "rene\u{301}", "ｒｅｎｅ\u{301}", "REN\u{c9}"];

on_each_database! {
    async fn letters_of_another_script_are_other_letters(server: TestServer) {
        // Latin, Cyrillic a, Greek omicron, Cyrillic all through, dotless i, Kelvin sign and a digit.
        for name in ["paypal", "p\u{430}ypal", "paypa1", "\u{440}\u{430}\u{443}\u{440}\u{430}l", "bio", "bi\u{3bf}", "b\u{131}o"] {
            server.create_user(name).await;
        }
        for name in ["paypal", "p\u{430}ypal", "bio", "bi\u{3bf}"] {
            assert_eq!(server.users_where(&format!("userName eq \"{name}\"")).await, [name]);
        }
    }

    async fn a_filter_finds_a_name_in_each_of_its_forms(server: TestServer) {
        server.create_user(FORMS[0]).await;
        for form in FORMS {
            assert_eq!(server.users_where(&format!("userName eq \"{form}\"")).await, [FORMS[0]], "{form}");
            assert_eq!(server.users_where(&format!("userName sw \"{form}\"")).await, [FORMS[0]], "{form}");
        }
    }

    async fn nobody_is_renamed_into_another_form_of_somebody(server: TestServer) {
        server.create_user(FORMS[0]).await;
        let path = at_user(&server.create_user("ada").await);
        for form in FORMS {
            server.put(&path, user(form)).await.refused_as(409, "uniqueness");
            server.edit(&path, json!([{ "op": "replace", "path": "userName", "value": form }])).await.refused_as(409, "uniqueness");
        }
        assert_eq!(server.read(&path).await["userName"], "ada");
    }

    async fn one_bulk_does_not_make_a_name_twice(server: TestServer) {
        let operations = FORMS.iter().enumerate().map(|(n, name)| json!({ "method": "POST", "path": "/Users", "bulkId": n.to_string(), "data": user(name) }));
        let answer = server.post("/scim/v2/Bulk", bulk(operations.collect())).await.is(200);
        let statuses: Vec<_> = answer.body["Operations"].as_array().unwrap().iter().map(|it| &it["status"]).collect();
        assert_eq!(statuses, ["201", "409", "409", "409"]);
    }

    async fn a_race_of_forms_has_one_winner(server: TestServer) {
        for round in 0..5 {
            let clients: Vec<Client> = (0..8).map(|_| Client::clone(&server)).collect();
            let posts = clients.iter().enumerate().map(|(n, client)| client.post(USERS, user(&format!("{}{round}", FORMS[n % 4]))));
            let answers = join_all(posts).await;
            let mut statuses: Vec<u16> = answers.iter().map(|it| it.status).collect();
            statuses.sort_unstable();
            assert_eq!(statuses, [201, 409, 409, 409, 409, 409, 409, 409]);
        }
    }

    async fn a_name_of_nothing_to_see_is_refused_or_its_own(server: TestServer) {
        server.create_user("ada").await;
        // Zero-width, soft hyphen, marks of direction, a tag, variation selectors, fillers.
        for odd in ["\u{200b}", "\u{200d}", "\u{2060}", "\u{feff}", "\u{ad}", "\u{202e}", "\u{e0061}", "\u{fe0f}", "\u{3164}", "\u{115f}", "\u{180e}", "\u{85}", "\u{2028}"] {
            for name in [odd.to_owned(), format!("ad{odd}a")] {
                let answer = server.post(USERS, user(&name)).await.one_of(&[201, 400, 409]);
                if answer.status == 201 {
                    assert_eq!(server.users_where(&format!("userName eq \"{name}\"")).await, [name.as_str()]);
                    server.delete(&at_user(answer.id())).await.is(204);
                } else {
                    answer.is_scim_error();
                }
            }
        }
        assert_eq!(server.users_where("userName eq \"ada\"").await, ["ada"]);
    }

    async fn a_group_has_one_form_as_well(server: TestServer) {
        server.create_group(FORMS[0], &[]).await;
        for form in FORMS {
            server.post("/scim/v2/Groups", crate::support::group(form, &[])).await.refused_as(409, "uniqueness");
        }
        server.create_group("ren\u{435}", &[]).await;
    }

    async fn a_name_of_ten_thousand_accents_is_read(server: TestServer) {
        // Composing must not take the square of the number of marks.
        for name in [format!("e{}", "\u{301}".repeat(10_000)), "\u{fdfa}".repeat(10_000), "\u{1d15f}".repeat(10_000), format!("a{}", "\u{315}\u{300}\u{5ae}".repeat(10_000))] {
            let answer = server.post(USERS, user(&name)).await.one_of(&[201, 400]);
            assert!(answer.status == 400 || answer.body["userName"] == json!(name));
        }
    }
}
