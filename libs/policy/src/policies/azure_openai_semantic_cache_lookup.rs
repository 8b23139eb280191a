//! `azure-openai-semantic-cache-lookup`: `llm-semantic-cache-lookup` under the name it has for Azure OpenAI.

use super::llm_semantic_cache_lookup;
use crate::definition::Definition;

pub(super) static DEFINITION: Definition = llm_semantic_cache_lookup::definition("azure-openai-semantic-cache-lookup");
