//! The process around the protocol: start, stop, health, logs.

use serde_json::json;

use crate::support::{Database, TestServer, at_user, user};

on_each_database! {
    async fn health_needs_no_token(server: TestServer) {
        for path in ["/health/live", "/health/ready"] {
            server.without_token().get(path).await.is(200);
        }
    }

    async fn what_was_acknowledged_survives_a_restart(server: TestServer) {
        let database = server.database();
        assert!(server.printed_token());
        let ada = server.create_user("ada").await;
        server.create_group("Staff", &[&ada]).await;

        assert!(server.terminate().success());
        let again = TestServer::start(database, &[]);

        assert!(!again.printed_token(), "a token is printed on an empty database alone");
        assert_eq!(again.read(&at_user(&ada)).await["userName"], "ada");
        assert_eq!(again.get("/scim/v2/Groups").await.is(200).total(), 1);
        again.post("/scim/v2/Users", user("ADA")).await.refused_as(409, "uniqueness");
    }

    async fn a_kill_loses_nothing_acknowledged(server: TestServer) {
        let database = server.database();
        let ada = server.create_user("ada").await;
        drop(server);

        let again = TestServer::start(database, &[]);

        assert_eq!(again.read(&at_user(&ada)).await["userName"], "ada");
    }

    async fn a_request_keeps_its_id(server: TestServer) {
        let id = "0190c2a0-7d6e-7c3e-9a53-0123456789ab";
        let answer = server.request("GET", "/scim/v2/Users", None, &[("x-request-id", id)]).await.is(200);
        assert_eq!(answer.header("x-request-id"), id);

        let made = server.get("/scim/v2/Users").await.is(200);
        let another = server.get("/scim/v2/Users").await.is(200);
        assert!(!made.header("x-request-id").is_empty());
        assert_ne!(made.header("x-request-id"), another.header("x-request-id"));
        let hostile = "x".repeat(5000);
        server.request("GET", "/scim/v2/Users", None, &[("x-request-id", &hostile)]).await.one_of(&[200, 400, 431]);
    }

    async fn logs_have_the_request_id_and_no_person(server: TestServer) {
        let mut body = user("quendolyn@umbra.test");
        body["name"] = json!({ "familyName": "Thistlewood" });
        body["emails"] = json!([{ "value": "quendolyn@umbra.test" }]);
        let created = server.post("/scim/v2/Users", body.clone()).await.is(201);
        server.post("/scim/v2/Users", body).await.is(409);
        server.users_where("userName eq \"quendolyn@umbra.test\"").await;
        let id = created.header("x-request-id").to_owned();
        let database = server.database();
        let token = server.token().to_owned();

        // After the process has ended, its log is whole.
        server.terminate();
        let logs = std::fs::read_dir(database.folder()).unwrap().map(|it| it.unwrap().path());
        let log: String = logs.filter(|it| it.extension().is_some_and(|it| it == "log")).map(|it| std::fs::read_to_string(it).unwrap()).collect();

        assert!(log.contains(&id), "{log}");
        for secret in ["quendolyn", "Thistlewood", token.as_str()] {
            assert!(!log.contains(secret), "{secret}: {log}");
        }
    }

    async fn an_unknown_option_is_refused_with_the_nearest(database: Database) {
        let refused = database.run(&["serve", "--listne", "127.0.0.1:0"]);

        assert!(!refused.status.success());
        assert!(String::from_utf8_lossy(&refused.stderr).contains("--listen"), "{refused:?}");
    }
}
