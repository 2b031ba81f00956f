//! What the pure storeys cost, without HTTP and without a database: `cargo bench --bench scim`.

#![expect(clippy::expect_used, reason = "a benchmark fails by panicking")]

use std::hint::black_box;
use std::time::Duration;

use criterion::{BatchSize, Criterion, criterion_group, criterion_main};
use serde_json::{Map, Value, json};
use uuid::Uuid;
use vestibule::scim::admit::admit;
use vestibule::scim::filter::{Filter, ResolvedFilter, Scope, Unknown};
use vestibule::scim::list::list_head;
use vestibule::scim::patch::{self, PATCH_SCHEMA};
use vestibule::scim::projection::{Projection, Selection};
use vestibule::scim::registry::Registry;
use vestibule::scim::render::{BaseUrl, Resource, attributes, render};
use vestibule::scim::resource::Attributes;
use vestibule::scim::schema::ResourceType;
use vestibule::scim::version::Version;
use vestibule::scim::{index, json as strict};

const ENTERPRISE: &str = "urn:ietf:params:scim:schemas:extension:enterprise:2.0:User";

/// What providers ask most, and one filter with all that there is.
const FILTERS: [(&str, &str); 3] = [
    ("userName eq", r#"userName eq "BJensen@example.com""#),
    (
        "emails[…]",
        r#"emails[type eq "work" and value eq "bjensen@example.com"]"#,
    ),
    (
        "and, or, not",
        r#"(name.givenName co "arb" or title pr) and not (active eq false) and meta.lastModified gt "2011-05-13T04:42:34Z""#,
    ),
];

/// A user as a provider sends it, 900 bytes.
fn user() -> Value {
    json!({
        "schemas": ["urn:ietf:params:scim:schemas:core:2.0:User", ENTERPRISE],
        "userName": "bjensen@example.com",
        "externalId": "701984",
        "displayName": "Babs Jensen",
        "name": { "givenName": "Barbara", "familyName": "Jensen", "formatted": "Barbara Jensen" },
        "title": "Tour Guide",
        "active": true,
        "emails": [
            { "value": "bjensen@example.com", "type": "work", "primary": true },
            { "value": "babs@jensen.example.org", "type": "home" }
        ],
        "phoneNumbers": [{ "value": "tel:+1-201-555-0123", "type": "work" }],
        ENTERPRISE: { "employeeNumber": "701984", "department": "Tours", "costCenter": "4130" }
    })
}

fn kind() -> &'static ResourceType {
    let registry = Registry::load(&[]).expect("the built-in files fit together");
    registry.by_name("User").expect("there are users")
}

fn base() -> BaseUrl {
    BaseUrl("https://vestibule.example/scim/v2".to_owned())
}

fn admitted() -> Attributes {
    let admitted = admit(kind(), user()).expect("the user is valid");
    admitted.attributes
}

fn resource() -> Resource {
    Resource {
        id: Uuid::from_u128(0x2819_c223_7f76_453a_919d_4138_6190_4646),
        version: Version(7),
        created: 1_264_222_582_000_000,
        updated: 1_305_261_754_000_001,
        document: admitted().to_document(),
    }
}

fn shown() -> Map<String, Value> {
    attributes(kind(), &resource(), None, &base()).expect("a document is JSON")
}

fn resolved(text: &str) -> ResolvedFilter {
    let filter = Filter::parse(text).expect("the filter is valid");
    let resolved = filter.resolve(Scope::Resource(kind()), Unknown::Refuse);
    resolved.expect("its attributes exist")
}

fn reading(c: &mut Criterion) {
    let (kind, text) = (kind(), user().to_string());
    c.bench_function("json: parse a user", |b| {
        b.iter(|| strict::parse(black_box(text.as_bytes())));
    });
    c.bench_function("admit: a user", |b| {
        b.iter_batched(user, |user| admit(kind, user), BatchSize::SmallInput);
    });
    let attributes = admitted();
    c.bench_function("index: entries of a user", |b| {
        b.iter(|| index::entries(kind, black_box(&attributes)));
    });
    c.bench_function("resource: read and write a document", |b| {
        let document = attributes.to_document();
        b.iter(|| Attributes::from_document(black_box(&document)).map(|read| read.to_document()));
    });
}

fn filtering(c: &mut Criterion) {
    let (scope, shown) = (Scope::Resource(kind()), shown());
    for (name, text) in FILTERS {
        c.bench_function(&format!("filter: parse and resolve {name}"), |b| {
            b.iter(|| {
                let filter = Filter::parse(black_box(text));
                filter.and_then(|filter| filter.resolve(scope, Unknown::Refuse))
            });
        });
        let filter = resolved(text);
        c.bench_function(&format!("filter: match {name}"), |b| {
            b.iter(|| filter.matches(black_box(&shown)));
        });
    }
}

fn patching(c: &mut Criterion) {
    let (kind, before) = (kind(), admitted());
    let message = json!({
        "schemas": [PATCH_SCHEMA],
        "Operations": [
            { "op": "replace", "path": "displayName", "value": "B. Jensen" },
            { "op": "replace", "path": "active", "value": false },
            { "op": "replace", "path": "emails[type eq \"work\"].value", "value": "b@example.com" }
        ]
    });
    c.bench_function("patch: parse, plan and apply three operations", |b| {
        let run = |message| {
            let operations = patch::parse(message)?;
            patch::plan(kind, operations)?.apply(kind, &before)
        };
        b.iter_batched(|| message.clone(), run, BatchSize::SmallInput);
    });
}

fn answering(c: &mut Criterion) {
    let (kind, base, resource) = (kind(), base(), resource());
    let everything = Selection::Default;
    let names = ["userName", "emails.value"].map(str::to_owned);
    let few = Projection::new(&names, &[]).expect("one of the two is empty");
    let few = few.resolve(kind);
    for (name, selection) in [("a user", &everything), ("a user, attributes=", &few)] {
        c.bench_function(&format!("render: {name}"), |b| {
            b.iter(|| {
                let rendered = render(kind, black_box(&resource), None, selection, &base);
                rendered.map(vestibule::scim::render::Rendered::into_text)
            });
        });
    }
    c.bench_function("render: a page of 100 users", |b| {
        let page = vec![resource.clone(); 100];
        b.iter(|| {
            let mut text = list_head(100_000, Some(1), page.len(), None);
            for resource in black_box(&page) {
                if let Ok(rendered) = render(kind, resource, None, &everything, &base) {
                    text.push_str(&rendered.into_text());
                    text.push(',');
                }
            }
            text
        });
    });
}

criterion_group! {
    name = scim;
    config = Criterion::default()
        .warm_up_time(Duration::from_millis(300))
        .measurement_time(Duration::from_millis(1_500));
    targets = reading, filtering, patching, answering
}
criterion_main!(scim);
