//! Closed lists of words that domains are described with, each with its stable name (tables, filters, data
//! files) and its form in events.

/// Declares a list of words: the enum, their stable names, and `From`/`TryFrom` for the enum of events
/// where one is named.
#[macro_export]
macro_rules! words {
    ($(#[$doc:meta])* $name:ident as $wire:ident { $($body:tt)* }) => {
        $crate::words! { $(#[$doc])* $name { $($body)* } }
        $crate::wired! { $name as $wire { $($body)* } }
    };
    ($(#[$doc:meta])* $name:ident {
        $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)?
    }) => {
        $(#[$doc])*
        #[derive(
            Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, ::serde::Serialize, ::serde::Deserialize,
        )]
        pub enum $name {
            $($(#[$word_doc])* #[serde(rename = $text)] $word),+
        }

        impl $name {
            /// All of them, in their order.
            pub const ALL: &[Self] = &[$(Self::$word),+];

            /// Its stable name.
            pub const fn name(self) -> &'static str {
                match self { $(Self::$word => $text),+ }
            }

            /// The one with this stable name.
            pub fn from_name(name: &str) -> Option<Self> {
                Self::ALL.iter().copied().find(|word| word.name() == name)
            }
        }

        impl ::kefu_kernel::Word for $name {
            fn name(self) -> &'static str {
                self.name()
            }

            fn from_name(name: &str) -> Option<Self> {
                Self::from_name(name)
            }
        }
    };
}

#[doc(hidden)]
#[macro_export]
macro_rules! wired {
    ($name:ident as $wire:ident {
        $($(#[$word_doc:meta])* $word:ident = $text:literal),+ $(,)?
    }) => {
        impl $name {
            /// The word of a number on the wire; none for the unspecified one, and for words that this list
            /// leaves to other services.
            pub fn from_wire(number: i32) -> Option<Self> {
                $crate::v1::$wire::try_from(number).ok().and_then(|wire| Self::try_from(wire).ok())
            }

            /// Its number on the wire.
            pub fn to_wire(self) -> i32 {
                $crate::v1::$wire::from(self).into()
            }
        }

        impl From<$name> for $crate::v1::$wire {
            fn from(word: $name) -> Self {
                match word { $($name::$word => Self::$word),+ }
            }
        }

        impl TryFrom<$crate::v1::$wire> for $name {
            type Error = ();

            /// Fails for the unspecified one, and for words that this list leaves to other services.
            fn try_from(wire: $crate::v1::$wire) -> Result<Self, ()> {
                let words = [$(($crate::v1::$wire::$word, Self::$word)),+];
                words.into_iter().find_map(|(theirs, ours)| (theirs == wire).then_some(ours)).ok_or(())
            }
        }
    };
}
