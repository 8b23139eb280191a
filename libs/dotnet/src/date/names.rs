//! The names of the invariant culture.

/// `January`; `None` outside 1..=12.
pub(super) fn month(month: i32) -> Option<&'static str> {
    usize::try_from(month - 1).ok().and_then(|index| MONTHS.get(index)).copied()
}

/// The first three letters, which are the abbreviation of every name here.
pub(super) fn short(name: &'static str) -> &'static str {
    name.get(..3).unwrap_or(name)
}

/// In order; month 1 first.
pub(super) const MONTHS: [&str; 12] = [
    "January",
    "February",
    "March",
    "April",
    "May",
    "June",
    "July",
    "August",
    "September",
    "October",
    "November",
    "December",
];
