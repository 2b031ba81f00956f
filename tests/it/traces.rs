//! The recorded flows of six identity providers: every step, whatever its level, on both
//! databases, with the provider's own profile and with `auto`. // U1–U16

use crate::replay::Trace;
use crate::support::TestServer;

async fn replay(server: TestServer, idp: &str, profile: &str) {
    Trace::of(idp).replay(&server.as_profile(profile)).await;
}

on_each_database! {
    async fn entra(server: TestServer) { // U1 U2 U3 U5 U6 U7
        replay(server, "entra", "entra").await;
    }

    async fn entra_is_recognised(server: TestServer) {
        replay(server, "entra", "auto").await;
    }

    async fn okta(server: TestServer) { // U10 U12 U13
        replay(server, "okta", "okta").await;
    }

    async fn okta_is_recognised(server: TestServer) {
        replay(server, "okta", "auto").await;
    }

    async fn google(server: TestServer) { // U15
        replay(server, "google", "google").await;
    }

    async fn google_is_recognised(server: TestServer) {
        replay(server, "google", "auto").await;
    }

    async fn onelogin(server: TestServer) { // U15
        replay(server, "onelogin", "onelogin").await;
    }

    async fn onelogin_is_recognised(server: TestServer) {
        replay(server, "onelogin", "auto").await;
    }

    async fn keycloak(server: TestServer) { // U14
        replay(server, "keycloak", "keycloak").await;
    }

    async fn keycloak_is_recognised(server: TestServer) {
        replay(server, "keycloak", "auto").await;
    }

    async fn auth0(server: TestServer) { // U15 U16
        replay(server, "auth0", "auth0").await;
    }

    async fn auth0_is_recognised(server: TestServer) {
        replay(server, "auth0", "auto").await;
    }

    async fn one_server_serves_all_of_them(server: TestServer) {
        for idp in ["entra", "okta", "google", "onelogin", "keycloak", "auth0"] {
            Trace::of(idp).replay(&server).await;
        }
    }
}
