//! The specimen is right.

mod stub;

#[test]
fn starts() {
    let stub = stub::Stub::start(&[]);
    assert!(stub.base_url().ends_with("/scim/v2"));
}
