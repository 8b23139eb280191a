//! `azure-openai-semantic-cache-store`: `llm-semantic-cache-store` under the name it has for Azure OpenAI.

use super::llm_semantic_cache_store;
use crate::definition::Definition;

pub(super) static DEFINITION: Definition = llm_semantic_cache_store::definition("azure-openai-semantic-cache-store");
