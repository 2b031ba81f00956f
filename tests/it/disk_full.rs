//! SQLite without room to write: writes are put off, reads go on, and nothing is lost.

use futures_util::future::join_all;
use serde_json::json;

use crate::support::{Client, Dice, Load, Space, TestServer, patch, user};

async fn goes_on_when_there_is_room_again((space, server): (Space, TestServer)) {
    let mut dice = Dice::new();
    let load = Load::of(3, &server, &mut dice).await;
    let ada = crate::support::at_user(&server.create_user("ada").await);
    let group = load.group().to_owned();
    let running = load.believing_refusals().begin(&[&server]);
    running.acknowledged(20).await;

    space.use_up(&server);
    running.put_off(30).await;
    server.post("/scim/v2/Users", user("eve")).await.puts_off();
    let change = patch(json!([{ "op": "replace", "path": "title", "value": "Dr" }]));
    server.patch(&ada, change).await.puts_off();
    server.delete(&ada).await.puts_off();
    // Many at once, so that there are readers who begin only now.
    let paths = [&ada, &group, "/scim/v2/Users?count=10", "/health/ready"];
    let reads = paths.into_iter().cycle().take(16).map(|path| {
        let client = Client::clone(&server);
        async move { client.get(path).await }
    });
    for answer in join_all(reads).await {
        answer.is(200);
    }
    assert_eq!(server.read(&ada).await.get("title"), None);

    space.free(&server);
    running.acknowledged(20).await;
    let mut load = running.end().await;
    server.delete(&ada).await.is(204);
    load.check(&server).await;

    let database = server.database();
    drop(server);
    let again = TestServer::start(database, &[]);
    load.check(&again).await;
}

#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_full_disk_puts_writes_off_until_there_is_room() {
    goes_on_when_there_is_room_again(Space::small()).await;
}

/// A quota, or a file system that has its largest file.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn a_file_that_may_not_grow_puts_writes_off_until_it_may() {
    goes_on_when_there_is_room_again(Space::limit()).await;
}
