//! What a change takes away or gives back, for whoever admits users: keys, sessions and streams
//! hang on it. It is written in the transaction of the change.

use uuid::Uuid;

/// What happened to whom.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The user may do nothing any more.
    UserDeactivated,
    /// The user is back.
    UserReactivated,
    /// The user is gone.
    UserDeleted,
    /// The team is gone, and what its members had through it.
    GroupDeleted,
    /// These lost what they had through the team.
    MembersRemoved,
    /// These have what the team has.
    MembersAdded,
}

impl Kind {
    /// All of them.
    const ALL: [Self; 6] = [
        Self::UserDeactivated,
        Self::UserReactivated,
        Self::UserDeleted,
        Self::GroupDeleted,
        Self::MembersRemoved,
        Self::MembersAdded,
    ];

    /// Finds a kind by its stored name.
    #[must_use]
    pub fn from_name(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.as_str() == name)
    }

    /// Returns the name as it is stored.
    #[must_use]
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::UserDeactivated => "user.deactivated",
            Self::UserReactivated => "user.reactivated",
            Self::UserDeleted => "user.deleted",
            Self::GroupDeleted => "group.deleted",
            Self::MembersRemoved => "members.removed",
            Self::MembersAdded => "members.added",
        }
    }
}

/// One announcement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Announcement {
    /// What happened.
    pub kind: Kind,
    /// The user or the group.
    pub resource: Uuid,
    /// Which members; empty where the kind says it all, or where they are too many to list
    /// ([`Announcement::MAX_MEMBERS`]): then it is everybody.
    pub members: Vec<Uuid>,
}

impl Announcement {
    /// How many members an announcement lists.
    pub const MAX_MEMBERS: usize = 1_000;

    /// An announcement about one resource.
    #[must_use]
    pub fn of(kind: Kind, resource: Uuid) -> Self {
        Self {
            kind,
            resource,
            members: Vec::new(),
        }
    }
}
