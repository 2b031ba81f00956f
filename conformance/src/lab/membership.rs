//! Members of groups.

use serde_json::{Value, json};

use super::{Lab, Made, with};
use crate::check::Stop;
use crate::json::{list, text};
use crate::server::ResourceType;

impl Lab<'_> {
    /// The member of a group that the server's schema does not let be without one, the same for
    /// all groups of this check; none if it needs none, or nobody can be made.
    pub fn needed_member(&self, kind: &ResourceType) -> Option<Value> {
        let members = kind.schema.attribute("members");
        if !kind.is_group() || !members.is_some_and(|it| it.required) {
            return None;
        }
        let there = self.someone.borrow().clone();
        let someone = there.or_else(|| self.user().ok())?;
        let member = self.member(&someone);
        *self.someone.borrow_mut() = Some(someone);
        Some(member)
    }

    /// A resource as a member of a group, with what the server's schema requires of one.
    pub fn member(&self, made: &Made) -> Value {
        let group = self.server.group().map(|it| &it.schema);
        let members = group.and_then(|it| it.attribute("members"));
        let required =
            |name: &str| members.is_some_and(|it| it.sub(name).is_some_and(|it| it.required));
        let mut member = json!({ "value": made.id });
        let more = [
            ("$ref", self.location(made)),
            ("type", self.type_of(made)),
            ("display", made.id.clone()),
        ];
        for (name, value) in more.into_iter().filter(|(name, _)| required(name)) {
            member = with(member, json!({ name: value }));
        }
        member
    }

    /// The URL of a resource: as the server says, or under the base URL.
    fn location(&self, made: &Made) -> String {
        match made.text("meta.location") {
            "" => self.wire.url(&made.path),
            location => location.to_owned(),
        }
    }

    /// The name of a resource's type, `User`.
    fn type_of(&self, made: &Made) -> String {
        let endpoint = |it: &&ResourceType| made.path.starts_with(&format!("{}/", it.endpoint));
        let kind = self.server.types.iter().find(endpoint);
        kind.map_or("User", |it| it.name.as_str()).to_owned()
    }

    /// The ids of a group's members, as they are now, in order; without the one that it has only
    /// because it needs one.
    ///
    /// # Errors
    /// If the group cannot be read.
    pub fn members(&self, group: &Made) -> Result<Vec<String>, Stop> {
        let answer = self.read(group)?;
        let members = list(&answer.body, "members").iter();
        let mut ids: Vec<String> = members.map(|it| text(it, "value").to_owned()).collect();
        if let Some(someone) = self.someone.borrow().as_ref() {
            ids.retain(|it| *it != someone.id);
        }
        ids.sort();
        Ok(ids)
    }
}
