/// Makes, of each function, a module with the tests `sqlite` and `postgres`.
///
/// The argument says how much the test needs: a `TestServer` is running with the
/// default options on an empty database; a `Database` is empty, and the test starts
/// what it wants on it.
macro_rules! on_each_database {
    ($($(#[$attribute:meta])* async fn $name:ident($argument:ident: $given:ident) $behaviour:block)+) => {$(
        $(#[$attribute])*
        mod $name {
            use super::*;

            async fn behaviour($argument: $given) $behaviour

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn sqlite() {
                behaviour($given::on($crate::support::Kind::Sqlite).await).await;
            }

            #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
            async fn postgres() {
                behaviour($given::on($crate::support::Kind::Postgres).await).await;
            }
        }
    )+};
}
