//! The kinds of value that a configuration holds beside numbers and texts: periods, lists of words,
//! and references to secrets.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use schemars::JsonSchema;
use serde::de::{Deserializer, Error as _, SeqAccess, Visitor};
use serde::{Deserialize, Serialize, Serializer};
use zeroize::Zeroizing;

/// A length of time, written `10s`, `15m` or `1h 30m`.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, JsonSchema)]
#[schemars(with = "String")]
pub struct Period(Duration);

impl Period {
    /// So many seconds.
    pub const fn seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }

    /// So many minutes.
    pub const fn minutes(minutes: u64) -> Self {
        Self::seconds(minutes * 60)
    }

    /// As the standard library has it.
    pub const fn duration(self) -> Duration {
        self.0
    }
}

impl From<Duration> for Period {
    fn from(duration: Duration) -> Self {
        Self(duration)
    }
}

impl fmt::Display for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match jiff::SignedDuration::try_from(self.0) {
            Ok(duration) => write!(f, "{duration:#}"),
            Err(_) => write!(f, "{}s", self.0.as_secs()),
        }
    }
}

impl fmt::Debug for Period {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Display::fmt(self, f)
    }
}

impl Serialize for Period {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for Period {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        let wrong =
            || D::Error::custom(format!("`{text}` is no length of time such as 10s or 15m"));
        let signed: jiff::SignedDuration = text.parse().map_err(|_| wrong())?;
        Duration::try_from(signed).map(Self).map_err(|_| wrong())
    }
}

/// A list of words, written as a list or divided by commas: `["a", "b"]` or `a,b`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, JsonSchema)]
#[serde(transparent)]
pub struct Words(pub Vec<String>);

impl<const N: usize> From<[&str; N]> for Words {
    fn from(words: [&str; N]) -> Self {
        Self(words.map(str::to_owned).to_vec())
    }
}

impl<'de> Deserialize<'de> for Words {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        struct Either;

        impl<'de> Visitor<'de> for Either {
            type Value = Words;

            fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str("a list of words, or words divided by commas")
            }

            fn visit_str<E: serde::de::Error>(self, text: &str) -> Result<Words, E> {
                let words = text.split(',').map(str::trim).filter(|word| !word.is_empty());
                Ok(Words(words.map(str::to_owned).collect()))
            }

            fn visit_seq<A: SeqAccess<'de>>(self, mut items: A) -> Result<Words, A::Error> {
                let mut words = Vec::new();
                while let Some(word) = items.next_element()? {
                    words.push(word);
                }
                Ok(Words(words))
            }
        }

        deserializer.deserialize_any(Either)
    }
}

/// Where a secret is: `file:/run/secrets/ring` or `env:KEFU_RING`. Printing it tells the place.
#[derive(Clone, Debug, PartialEq, Eq, JsonSchema)]
#[schemars(with = "String")]
pub enum SecretRef {
    /// In a file; a trailing line break does not belong to it.
    File(PathBuf),
    /// In a variable of the process's environment.
    Env(String),
}

/// A secret's text. It prints as dots and is wiped from memory when dropped.
#[derive(Clone, PartialEq, Eq)]
pub struct Secret(Zeroizing<String>);

/// A secret could not be read from where it should be.
#[derive(Debug, thiserror::Error)]
pub enum SecretError {
    /// The file cannot be read.
    #[error("cannot read the secret in {0}")]
    File(PathBuf, #[source] std::io::Error),
    /// The variable is not set.
    #[error("the secret's variable {0} is not set")]
    Env(String),
}

impl SecretRef {
    /// Reads the secret.
    pub fn read(&self) -> Result<Secret, SecretError> {
        let text = match self {
            Self::File(path) => std::fs::read_to_string(path)
                .map_err(|error| SecretError::File(path.clone(), error))?,
            Self::Env(name) => std::env::var(name).map_err(|_| SecretError::Env(name.clone()))?,
        };
        let text = Zeroizing::new(text);
        Ok(Secret(Zeroizing::new(text.trim_end_matches(['\r', '\n']).to_owned())))
    }
}

impl Secret {
    /// The text itself.
    pub fn reveal(&self) -> &str {
        &self.0
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("…")
    }
}

impl fmt::Display for SecretRef {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(path) => write!(f, "file:{}", path.display()),
            Self::Env(name) => write!(f, "env:{name}"),
        }
    }
}

impl Serialize for SecretRef {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> Deserialize<'de> for SecretRef {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = String::deserialize(deserializer)?;
        match text.split_once(':') {
            Some(("file", path)) if !path.is_empty() => Ok(Self::File(path.into())),
            Some(("env", name)) if !name.is_empty() => Ok(Self::Env(name.to_owned())),
            // The text is not repeated: it may be the secret itself.
            _ => Err(D::Error::custom("a secret is given by its place, file:PATH or env:NAME")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read<T: for<'de> Deserialize<'de>>(text: &str) -> Result<T, String> {
        figment::value::Value::from(text).deserialize().map_err(|error| error.to_string())
    }

    #[test]
    fn periods_are_read_as_they_are_printed() {
        for text in ["10s", "15m", "1h 30m", "250ms", "72h"] {
            let period: Period = read(text).unwrap();
            assert_eq!(read::<Period>(&period.to_string()), Ok(period));
        }
        assert_eq!(read::<Period>("90s").unwrap().to_string(), "1m 30s");
        assert!(read::<Period>("-3s").is_err());
        assert!(read::<Period>("soon").unwrap_err().contains("`soon`"));
    }

    #[test]
    fn words_come_as_a_list_or_with_commas() {
        assert_eq!(read::<Words>("tickets, gateway,"), Ok(Words::from(["tickets", "gateway"])));
        let list = figment::value::Value::from(vec!["a", "b"]);
        assert_eq!(list.deserialize::<Words>().unwrap(), Words::from(["a", "b"]));
    }

    #[test]
    fn a_secret_shows_its_place_and_never_itself() {
        let file = tempfile::NamedTempFile::new().unwrap();
        std::fs::write(file.path(), "hunter2\n").unwrap();
        let place: SecretRef = read(&format!("file:{}", file.path().display())).unwrap();
        let secret = place.read().unwrap();
        assert_eq!(secret.reveal(), "hunter2");
        assert!(!format!("{secret:?} {place:?} {place}").contains("hunter2"));
        assert!(!read::<SecretRef>("hunter2").unwrap_err().contains("hunter2"));
        assert!(matches!(read::<SecretRef>("env:NO_SUCH_VARIABLE").unwrap().read(),
            Err(SecretError::Env(name)) if name == "NO_SUCH_VARIABLE"));
    }
}
