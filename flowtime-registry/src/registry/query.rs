//! What is asked of lists.

use crate::artifact::{Card, Kind, normal_utc};
use std::cmp::Ordering;

/// What a list is to hold: every condition that is given has to hold.
///
/// ```
/// use flowtime_registry::{Kind, Query, SortBy};
/// let query = Query::new().kind(Kind::Model).tag("peak").tag("winter").sort(SortBy::Title).limit(20);
/// assert_eq!(query.tags, ["peak", "winter"]);
/// ```
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Query {
    /// The kind.
    pub kind: Option<Kind>,
    /// What made it.
    pub source: Option<String>,
    /// Whose it is.
    pub owner: Option<String>,
    /// All of these can be done with it.
    pub capabilities: Vec<String>,
    /// It has at least one of these tags.
    pub tags: Vec<String>,
    /// The template behind it.
    pub template_id: Option<String>,
    /// The version of that template.
    pub template_version: Option<String>,
    /// The model of a run, or the model itself.
    pub model_id: Option<String>,
    /// The computation.
    pub model_hash: Option<String>,
    /// Its title or id contains this, in small or capital letters.
    pub name: Option<String>,
    /// It was made at this time or later.
    pub created_from: Option<String>,
    /// It was made before this time.
    pub created_before: Option<String>,
    /// In which order.
    pub sort: SortBy,
    /// The last first.
    pub descending: bool,
    /// How many to leave out at the beginning.
    pub offset: usize,
    /// How many to list at most; all when not said.
    pub limit: Option<usize>,
}

/// In which order a list is; equal ones by path.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub enum SortBy {
    /// By kind, id and version.
    #[default]
    Id,
    /// By the time of its making.
    Created,
    /// By title, in small or capital letters.
    Title,
}

impl SortBy {
    /// The order of a name.
    pub fn named(name: &str) -> Option<SortBy> {
        match name {
            "id" => Some(SortBy::Id),
            "created" => Some(SortBy::Created),
            "title" => Some(SortBy::Title),
            _ => None,
        }
    }
}

macro_rules! setters {
    ($($(#[$doc:meta])* $name:ident),*) => {$(
        $(#[$doc])*
        #[must_use]
        pub fn $name(mut self, $name: impl Into<String>) -> Self {
            self.$name = Some($name.into());
            self
        }
    )*};
}

impl Query {
    /// Everything, by id.
    pub fn new() -> Self {
        Query::default()
    }

    setters! {
        /// Sets what made it.
        source,
        /// Sets whose it is.
        owner,
        /// Sets the template.
        template_id,
        /// Sets the version of the template.
        template_version,
        /// Sets the model.
        model_id,
        /// Sets the computation.
        model_hash,
        /// Sets what the title or id contains.
        name,
        /// Sets the earliest time.
        created_from,
        /// Sets the time before which it was made.
        created_before
    }

    /// Sets the kind.
    #[must_use]
    pub fn kind(mut self, kind: Kind) -> Self {
        self.kind = Some(kind);
        self
    }

    /// Adds something that can be done with it.
    #[must_use]
    pub fn capability(mut self, capability: impl Into<String>) -> Self {
        self.capabilities.push(capability.into());
        self
    }

    /// Adds a tag, one of which it has.
    #[must_use]
    pub fn tag(mut self, tag: impl Into<String>) -> Self {
        self.tags.push(tag.into());
        self
    }

    /// Sets the order.
    #[must_use]
    pub fn sort(mut self, sort: SortBy) -> Self {
        self.sort = sort;
        self
    }

    /// The last first.
    #[must_use]
    pub fn descending(mut self) -> Self {
        self.descending = true;
        self
    }

    /// Sets how many to leave out at the beginning.
    #[must_use]
    pub fn offset(mut self, offset: usize) -> Self {
        self.offset = offset;
        self
    }

    /// Sets how many to list at most.
    #[must_use]
    pub fn limit(mut self, limit: usize) -> Self {
        self.limit = Some(limit);
        self
    }

    /// The query with its times as cards have them, or what is wrong with it.
    pub(crate) fn checked(&self) -> Result<Self, String> {
        let mut query = self.clone();
        for time in [&mut query.created_from, &mut query.created_before].into_iter().flatten() {
            let expected = "a time such as `2026-01-05T10:00:00Z` is expected";
            *time = normal_utc(time)
                .ok_or_else(|| format!("`{}` is no time: {expected}", time.escape_debug()))?;
        }
        query.name = query.name.map(|name| name.to_lowercase());
        Ok(query)
    }

    pub(crate) fn matches(&self, card: &Card) -> bool {
        let is = |wanted: &Option<String>, found: Option<&String>| {
            wanted.as_ref().is_none_or(|wanted| found == Some(wanted))
        };
        let model = match card.kind {
            Kind::Model => Some(&card.id),
            _ => card.model_id.as_ref(),
        };
        self.kind.is_none_or(|kind| kind == card.kind)
            && is(&self.source, card.source.as_ref())
            && is(&self.owner, card.owner.as_ref())
            && is(&self.template_id, card.template_id.as_ref())
            && is(&self.template_version, card.template_version.as_ref())
            && is(&self.model_id, model)
            && is(&self.model_hash, card.model_hash.as_ref())
            && self.created_from.as_ref().is_none_or(|from| card.created >= *from)
            && self.created_before.as_ref().is_none_or(|before| card.created < *before)
            && self.capabilities.iter().all(|capability| card.capabilities.contains(capability))
            && (self.tags.is_empty() || self.tags.iter().any(|tag| card.tags.contains(tag)))
            && self.name.as_ref().is_none_or(|name| {
                card.title.to_lowercase().contains(name) || card.id.to_lowercase().contains(name)
            })
    }

    pub(crate) fn order(&self, a: &Card, b: &Card) -> Ordering {
        let by_id = || (a.kind, &a.id, a.version, &a.path).cmp(&(b.kind, &b.id, b.version, &b.path));
        let order = match self.sort {
            SortBy::Id => Ordering::Equal,
            SortBy::Created => a.created.cmp(&b.created),
            SortBy::Title => a.title.to_lowercase().cmp(&b.title.to_lowercase()),
        };
        let order = order.then_with(by_id);
        if self.descending { order.reverse() } else { order }
    }
}
