//! `JTokenType`: what a token is.

macro_rules! token_types {
    ($($variant:ident)*) => {
        /// `Newtonsoft.Json.Linq.JTokenType`; the discriminants are its numbers.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[allow(missing_docs, reason = "each is named as in Newtonsoft.Json")]
        pub enum JTokenType { $($variant,)* }

        impl JTokenType {
            /// Every type, by its number.
            pub const ALL: &'static [JTokenType] = &[$(JTokenType::$variant,)*];

            /// `ToString()`: its name.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(JTokenType::$variant => stringify!($variant),)* }
            }
        }
    };
}

token_types! {
    None Object Array Constructor Property Comment Integer Float String Boolean Null Undefined Date Raw Bytes Guid Uri TimeSpan
}
