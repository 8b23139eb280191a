//! What xml-to-json can be told.

/// `kind` of xml-to-json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum Kind {
    /// Newtonsoft's conventions: the declaration is `?xml`, prefixes stand before a colon.
    #[default]
    Direct,
    /// Names fit JavaScript: the declaration's parts are properties of the whole, prefixes stand before `$`, there are no comments.
    JavascriptFriendly,
}

/// `empty-values` of xml-to-json.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Default)]
pub enum EmptyValues {
    /// `<a />` is null, `<a></a>` is an empty string.
    #[default]
    AsWritten,
    /// Both are empty strings.
    Preserve,
    /// Both are null.
    AsNull,
}

/// The settings of xml-to-json.
#[derive(Debug, Clone, Copy, Default)]
pub struct XmlToJson {
    /// `kind`
    pub kind: Kind,
    /// `always-array-child-elements`: every element but the root is in an array.
    pub always_array: bool,
    /// `empty-values`
    pub empty_values: EmptyValues,
    /// `trim`: white space around text is removed.
    pub trim: bool,
}
