//! What is wrong with a case, and where.
use freeboard_errors::FreeboardError;
use freeboard_risk::RiskError;

/// An error of a case: where (a JSON path, empty for the whole case) and what.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub struct CaseError {
    line: Option<usize>,
    path: String,
    reason: String,
}

impl std::fmt::Display for CaseError {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if let Some(line) = self.line {
            write!(out, "line {line}: ")?;
        }
        let path = if self.path.is_empty() {
            "the case"
        } else {
            &self.path
        };
        write!(out, "{path}: {}", self.reason)
    }
}

impl CaseError {
    /// Something is wrong at `path`.
    pub(crate) fn at_path(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self {
            line: None,
            path: path.into(),
            reason: reason.into(),
        }
    }

    /// The program refuses what stands at `path`, with this number.
    pub(crate) fn numbered(
        path: impl Into<String>,
        error: FreeboardError,
        reason: impl std::fmt::Display,
    ) -> Self {
        let number = u32::from(error);
        Self::at_path(path, format!("{error:?} ({number}): {reason}"))
    }

    /// The core refused what stands at `path`.
    pub(crate) fn refused(path: impl Into<String>, error: RiskError) -> Self {
        Self::at_path(path, format!("outside the range of the model: {error:?}"))
    }

    pub(crate) fn from_json(error: serde_path_to_error::Error<serde_json::Error>) -> Self {
        let path = error.path().to_string();
        // The path says "." for the whole text, and "?" where the text ends too early.
        let path = if path == "." { String::new() } else { path };
        Self::at_path(path, error.inner().to_string())
    }

    pub(crate) fn after_the_end(error: &serde_json::Error) -> Self {
        Self::at_path("", error.to_string())
    }

    /// The same error of a case in an array.
    pub(crate) fn within(mut self, index: usize) -> Self {
        let dot = if self.path.is_empty() || self.path.starts_with('[') {
            ""
        } else {
            "."
        };
        self.path = format!("[{index}]{dot}{}", self.path);
        self
    }

    /// The same error of a case on a line.
    pub(crate) fn on_line(mut self, line: usize) -> Self {
        self.line = Some(line);
        self
    }

    /// The JSON path of what is wrong, empty for the whole case.
    pub fn path(&self) -> &str {
        &self.path
    }
}

/// Something in a case that is possible and hardly meant; it is answered all the same.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct CaseWarning(CaseError);

impl std::fmt::Display for CaseWarning {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.fmt(out)
    }
}

impl CaseWarning {
    /// Something hardly meant stands at `path`.
    pub(crate) fn at_path(path: impl Into<String>, reason: impl Into<String>) -> Self {
        Self(CaseError::at_path(path, reason))
    }

    /// The same warning of a case in an array.
    pub(crate) fn within(self, index: usize) -> Self {
        Self(self.0.within(index))
    }

    /// The same warning of a case on a line.
    pub(crate) fn on_line(self, line: usize) -> Self {
        Self(self.0.on_line(line))
    }
}
