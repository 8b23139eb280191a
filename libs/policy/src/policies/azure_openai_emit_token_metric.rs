//! `azure-openai-emit-token-metric`: `llm-emit-token-metric` under the name it has for Azure OpenAI.

use super::llm_emit_token_metric;
use crate::definition::Definition;

pub(super) static DEFINITION: Definition = llm_emit_token_metric::definition("azure-openai-emit-token-metric");
