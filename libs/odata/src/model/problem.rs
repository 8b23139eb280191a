//! What is wrong with a model's document.

/// Something wrong with the text of a model.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ModelProblem {
    /// What is wrong.
    pub message: String,
    /// Line, from 1; 0: not known.
    pub line: usize,
    /// Column, from 1; 0: not known.
    pub column: usize,
}

impl ModelProblem {
    pub(super) fn nowhere(message: String) -> ModelProblem {
        ModelProblem { message, line: 0, column: 0 }
    }
}
