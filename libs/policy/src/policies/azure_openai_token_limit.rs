//! `azure-openai-token-limit`: `llm-token-limit` under the name it has for Azure OpenAI. Both count on the same counters.

use super::llm_token_limit;
use crate::definition::Definition;

pub(super) static DEFINITION: Definition = llm_token_limit::definition("azure-openai-token-limit");
