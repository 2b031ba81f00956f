//! Changes of resources: create, replace, patch, delete. Each is one transaction, and what it
//! takes away is announced in it.

use std::sync::Arc;

use serde_json::Value;
use uuid::Uuid;

use super::foresee::Foreseen;
use super::members::{announce_members, edit_members};
use super::view::{View, view, view_alone};
use super::{Caller, Directory, Error, diff};
use crate::idp::{Forgiven, forgive_body, forgive_operations, forgive_patch};
use crate::model::{Announcement, AuditEvent, Kind};
use crate::scim::ScimError;
use crate::scim::admit::{Admitted, admit, replacing};
use crate::scim::patch::{self, MemberEdit, PatchPlan};
use crate::scim::projection::{Projection, Selection};
use crate::scim::render::Membership;
use crate::scim::resource::Attributes;
use crate::scim::schema::ResourceType;
use crate::scim::version::{EntityTags, Version};
use crate::store::{Edited, StoreError, Stored, Tx};

/// What a request wants to do, its body read as JSON.
#[derive(Clone, Debug)]
pub enum Body {
    /// A POST to a resource type's endpoint.
    Create(Value),
    /// A PUT.
    Replace(Uuid, Value),
    /// A PATCH.
    Patch(Uuid, Value),
    /// A DELETE.
    Delete(Uuid),
}

/// What a client asks of the version before anything is changed (RFC 9110 §13.1).
#[derive(Clone, Debug, Default)]
pub struct Condition {
    /// `If-Match`: it must be one of these.
    pub if_match: Option<EntityTags>,
    /// `If-None-Match`: it must be none of these.
    pub if_none_match: Option<EntityTags>,
}

/// A change that can be done: its body is admitted or planned.
#[derive(Debug)]
pub struct Change {
    pub(super) kind: &'static ResourceType,
    pub(super) action: Action,
    pub(super) condition: Condition,
    /// What was left out of the body.
    pub(super) forgiven: Forgiven,
    /// Whose members are added later, with the rest of a circle of groups.
    pub(super) defer_members: bool,
    /// What the answer shows; none if it has no body.
    pub(super) selection: Option<Selection>,
    /// What a long PATCH makes of the resource as it was before the transaction.
    foreseen: Option<Foreseen>,
}

#[derive(Debug)]
pub(super) enum Action {
    Create(Uuid, Admitted),
    Replace(Uuid, Admitted),
    Patch(Uuid, PatchPlan),
    Delete(Uuid),
}

/// What a change came to.
#[derive(Debug)]
pub struct Outcome {
    /// The resource as it is now; none if it was deleted or is not to be read back.
    pub view: Option<View>,
    /// The resource.
    pub id: Uuid,
    /// Its version now.
    pub version: Option<Version>,
}

/// What happened in the transaction, for log and answer.
struct Happened {
    stored: Option<Stored>,
    /// The groups that the resource is in, if they are known.
    groups: Option<Vec<Membership>>,
    diff: Vec<Value>,
}

impl Change {
    /// Reads the body of a change, forgiving the caller what its profile forgives. Without a
    /// projection, nothing is read back.
    ///
    /// # Errors
    /// Those of admission and of PATCH.
    pub fn read(
        caller: &Caller,
        kind: &'static ResourceType,
        body: Body,
        id: Uuid,
        condition: Condition,
        projection: Option<&Projection>,
    ) -> Result<Self, Error> {
        let quirks = caller.quirks();
        let mut forgiven = Forgiven::new();
        let mut admitted = |mut body: Value| {
            forgiven = forgive_body(&quirks, kind, &mut body);
            admit(kind, body)
        };
        let action = match body {
            Body::Create(body) => Action::Create(id, admitted(body)?),
            Body::Replace(id, body) => Action::Replace(id, admitted(body)?),
            Body::Patch(id, mut body) => {
                patch::asks_for_something(&body)?;
                forgiven = forgive_patch(&quirks, kind, &mut body);
                let mut operations = patch::parse(body)?;
                forgiven.extend(forgive_operations(&quirks, kind, &mut operations));
                Action::Patch(id, patch::plan(kind, operations)?)
            }
            Body::Delete(id) => Action::Delete(id),
        };
        let selection = match (&action, projection) {
            (Action::Delete(_), _) => None,
            // a PATCH of a big group does not read its members back
            (Action::Patch(..), Some(Projection::Default)) if kind.members.is_some() => None,
            (_, projection) => projection.map(|projection| projection.resolve(kind)),
        };
        Ok(Self {
            kind,
            action,
            condition,
            forgiven,
            defer_members: false,
            selection,
            foreseen: None,
        })
    }

    /// Returns the resource that the change is about.
    #[must_use]
    pub fn id(&self) -> Uuid {
        match &self.action {
            Action::Create(id, _)
            | Action::Replace(id, _)
            | Action::Patch(id, _)
            | Action::Delete(id) => *id,
        }
    }
}

impl Directory {
    /// Reads the body of a change. A creation gets its id here.
    ///
    /// # Errors
    /// Those of admission and of PATCH; 404 before them.
    pub async fn read_change(
        &self,
        caller: &Caller,
        kind: &'static ResourceType,
        body: Body,
        condition: Condition,
        projection: &Projection,
    ) -> Result<Change, Error> {
        let target = match &body {
            Body::Replace(id, _) | Body::Patch(id, _) => Some(*id),
            Body::Create(_) | Body::Delete(_) => None,
        };
        let new_id = (self.ambient.id)();
        let change = Change::read(caller, kind, body, new_id, condition, Some(projection));
        if let (Err(_), Some(id)) = (&change, target) {
            let mut reader = self.store.read().await?;
            if reader
                .resource(caller.organization, kind, id)
                .await?
                .is_none()
            {
                return Err(ScimError::not_found(&kind.name, &id.to_string()).into());
            }
        }
        change
    }

    /// Does a change.
    ///
    /// # Errors
    /// 404, 409 `uniqueness`, 412, and those of a PATCH against the resource as it is.
    pub async fn change(&self, caller: &Caller, mut change: Change) -> Result<Outcome, Error> {
        if let Action::Patch(id, plan) = &change.action
            && plan.is_long()
        {
            let (id, plan) = (*id, plan.clone());
            change.foreseen = self.foresee(caller, change.kind, id, plan).await?;
        }
        let (caller, change, now) = (Arc::new(caller.clone()), Arc::new(change), self.ambient.now);
        self.store
            .write(move |tx| {
                let (caller, change) = (Arc::clone(&caller), Arc::clone(&change));
                Box::pin(async move { change.run(tx, &caller, now).await })
            })
            .await
    }
}

/// Names what was left out of a body: a few, and how many more.
fn named(forgiven: &[String]) -> String {
    const MOST: usize = 20;
    let few = forgiven.iter().take(MOST);
    let few: Vec<String> = few.map(|name| name.chars().take(200).collect()).collect();
    match forgiven.len().saturating_sub(MOST) {
        0 => few.join(", "),
        more => format!("{} and {more} more", few.join(", ")),
    }
}

impl Change {
    /// Does the change in a transaction, announces and logs it.
    pub(super) async fn run(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        clock: fn() -> i64,
    ) -> Result<Outcome, Error> {
        let (id, now) = (self.id(), clock());
        let happened = match &self.action {
            Action::Create(id, admitted) => self.create(tx, caller, *id, admitted, now).await?,
            Action::Replace(id, admitted) => self.replace(tx, caller, *id, admitted, now).await?,
            Action::Patch(id, plan) => self.patch(tx, caller, *id, plan, now).await?,
            Action::Delete(id) => self.delete(tx, caller, *id, now).await?,
        };
        let status = match self.action {
            Action::Create(..) => 201,
            Action::Patch(..) if self.selection.is_none() => 204,
            Action::Replace(..) | Action::Patch(..) => 200,
            Action::Delete(_) => 204,
        };
        if !happened.diff.is_empty() || !self.forgiven.is_empty() {
            let detail =
                (!self.forgiven.is_empty()).then(|| format!("ignored: {}", named(&self.forgiven)));
            let diff = Some(Value::Array(happened.diff));
            let event = AuditEvent {
                resource: Some(id),
                detail,
                diff,
                ..caller.event(status, clock())
            };
            tx.log(&event, now)?;
        }
        let version = happened
            .stored
            .as_ref()
            .map(|stored| stored.resource.version);
        let view = match (happened.stored, happened.groups, &self.selection) {
            (Some(stored), Some(groups), Some(selection)) => Some(view_alone(
                tx,
                self.kind,
                &stored,
                groups,
                selection,
                &caller.base,
            )?),
            (Some(stored), None, Some(selection)) => {
                Some(view(tx, self.kind, stored, selection, &caller.base).await?)
            }
            (_, _, _) => None,
        };
        Ok(Outcome { view, id, version })
    }

    /// Reads the resource to be changed, and perhaps its groups, so that nobody else changes it
    /// meanwhile.
    async fn lock(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: Uuid,
    ) -> Result<(Stored, Option<Vec<Membership>>), Error> {
        let found = tx
            .resource_to_change(caller.organization, self.kind, id)
            .await?;
        let (stored, groups) =
            found.ok_or_else(|| ScimError::not_found(&self.kind.name, &id.to_string()))?;
        let version = stored.resource.version;
        let Condition {
            if_match,
            if_none_match,
        } = &self.condition;
        let is_other = if_match
            .as_ref()
            .is_some_and(|tags| !tags.contains(version));
        let is_excluded = if_none_match
            .as_ref()
            .is_some_and(|tags| tags.contains(version));
        if is_other || is_excluded {
            let header = if is_other {
                "If-Match"
            } else {
                "If-None-Match"
            };
            let detail =
                format!("the version is {version}, which {header} rules out; nothing was changed");
            return Err(ScimError::status(412, detail).into());
        }
        Ok((stored, groups))
    }

    async fn create(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: Uuid,
        admitted: &Admitted,
        now: i64,
    ) -> Result<Happened, Error> {
        let stored = tx
            .insert_resource(
                caller.organization,
                self.kind,
                id,
                &admitted.attributes,
                now,
            )
            .await?;
        let mut changes = diff::diff(self.kind, None, Some(&admitted.attributes));
        if !self.defer_members {
            changes.extend(self.add_members(tx, caller, &stored, admitted, now).await?);
        }
        Ok(Happened {
            stored: Some(stored),
            // nobody knows the new one yet
            groups: admitted.members.is_empty().then(Vec::new),
            diff: changes,
        })
    }

    /// Adds the members that a creation names, and returns what that changed.
    async fn add_members(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        group: &Stored,
        admitted: &Admitted,
        now: i64,
    ) -> Result<Option<Value>, Error> {
        if admitted.members.is_empty() {
            return Ok(None);
        }
        let edit = MemberEdit::Add(admitted.members.clone());
        let edited = edit_members(tx, caller, self.kind, group, &edit).await?;
        announce_members(tx, caller, group.resource.id, &edited, now).await?;
        Ok(diff::members(self.kind, &edited))
    }

    /// Adds the members that were deferred.
    pub(super) async fn add_deferred_members(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        now: i64,
    ) -> Result<(), Error> {
        let Action::Create(id, admitted) = &self.action else {
            return Ok(());
        };
        let stored = tx
            .resource(caller.organization, self.kind, *id)
            .await?
            .ok_or(StoreError::Stale)?;
        let Some(change) = self.add_members(tx, caller, &stored, admitted, now).await? else {
            return Ok(());
        };
        let diff = Some(Value::Array(vec![change]));
        tx.log(
            &AuditEvent {
                resource: Some(*id),
                diff,
                ..caller.event(201, now)
            },
            now,
        )?;
        Ok(())
    }

    async fn replace(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: Uuid,
        admitted: &Admitted,
        now: i64,
    ) -> Result<Happened, Error> {
        let (old, groups) = self.lock(tx, caller, id).await?;
        let before = Attributes::from_document(&old.resource.document)?;
        let after = replacing(self.kind, &admitted.attributes, &before)?;
        let edited = match self.kind.members {
            Some(_) => {
                edit_members(
                    tx,
                    caller,
                    self.kind,
                    &old,
                    &MemberEdit::Replace(admitted.members.clone()),
                )
                .await?
            }
            None => Edited::default(),
        };
        let happened = self.store(tx, caller, old, Some((before, after)), edited, now);
        Ok(Happened {
            groups,
            ..happened.await?
        })
    }

    async fn patch(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: Uuid,
        plan: &PatchPlan,
        now: i64,
    ) -> Result<Happened, Error> {
        let (old, groups) = self.lock(tx, caller, id).await?;
        let documents = if let Some(foreseen) = &self.foreseen
            && foreseen.version == old.resource.version
        {
            Some((foreseen.before.clone(), foreseen.after.clone()))
        } else if plan.touches_attributes() {
            let before = Attributes::from_document(&old.resource.document)?;
            let after = plan.apply(self.kind, &before)?;
            Some((before, after))
        } else {
            None
        };
        let mut edited = Edited::default();
        for edit in &plan.members {
            edited.extend(edit_members(tx, caller, self.kind, &old, edit).await?);
        }
        let happened = self.store(tx, caller, old, documents, edited, now);
        Ok(Happened {
            groups,
            ..happened.await?
        })
    }

    /// Stores what differs, and announces what that takes away or gives back.
    async fn store(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        old: Stored,
        documents: Option<(Attributes, Attributes)>,
        edited: Edited,
        now: i64,
    ) -> Result<Happened, Error> {
        let mut changes = Vec::new();
        let id = old.resource.id;
        let stored = match documents {
            Some((before, after)) if before != after => {
                changes = diff::diff(self.kind, Some(&before), Some(&after));
                let kind = match (before.is_active(self.kind), after.is_active(self.kind)) {
                    (true, false) => Some(Kind::UserDeactivated),
                    (false, true) => Some(Kind::UserReactivated),
                    (true, true) | (false, false) => None,
                };
                if let Some(kind) = kind {
                    tx.announce(caller.organization, &Announcement::of(kind, id), now)?;
                }
                tx.update_resource(caller.organization, self.kind, &old, &before, &after, now)
                    .await?
            }
            _ if !edited.is_empty() => tx.touch_resource(&old, now)?,
            _ => old,
        };
        announce_members(tx, caller, id, &edited, now).await?;
        changes.extend(diff::members(self.kind, &edited));
        Ok(Happened {
            stored: Some(stored),
            groups: None,
            diff: changes,
        })
    }

    async fn delete(
        &self,
        tx: &mut Tx<'_>,
        caller: &Caller,
        id: Uuid,
        now: i64,
    ) -> Result<Happened, Error> {
        let (old, _) = self.lock(tx, caller, id).await?;
        let before = Attributes::from_document(&old.resource.document)?;
        tx.delete_resource(caller.organization, self.kind, &old, &before, now)?;
        let kind = match (self.kind.active_by, self.kind.members) {
            (Some(_), _) => Some(Kind::UserDeleted),
            (None, Some(_)) => Some(Kind::GroupDeleted),
            (None, None) => None,
        };
        if let Some(kind) = kind {
            tx.announce(caller.organization, &Announcement::of(kind, id), now)?;
        }
        Ok(Happened {
            stored: None,
            groups: None,
            diff: diff::diff(self.kind, Some(&before), None),
        })
    }
}
