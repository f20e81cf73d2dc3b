//! How many rows a page holds.

use super::ListError;

/// What an unset page size stands for.
pub const DEFAULT_SIZE: u64 = 50;
/// The most rows on a page; more is brought down to this.
pub const MAX_SIZE: u64 = 1000;

/// The rows on a page, from the request's `page_size`.
pub fn page_size(asked: i32) -> Result<u64, ListError> {
    match u64::try_from(asked) {
        Ok(0) => Ok(DEFAULT_SIZE),
        Ok(size) => Ok(size.min(MAX_SIZE)),
        Err(_) => Err(ListError::PageSize),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_unset_size_is_the_default_and_a_large_one_is_brought_down() {
        assert_eq!(page_size(0), Ok(50));
        assert_eq!(page_size(1), Ok(1));
        assert_eq!(page_size(1000), Ok(1000));
        assert_eq!(page_size(i32::MAX), Ok(1000));
        assert_eq!(page_size(-1), Err(ListError::PageSize));
    }
}
