//! What is done in pieces comes to what it comes to in one go, which the other tests are about.

use super::*;
use crate::Exception;
use crate::work::in_pieces;

const SIZES: &[u64] = &[1, 7, 1000];

fn told(result: Result<XNode, Exception>) -> String {
    match result {
        Ok(node) => format!("{:?} {}", node.kind(), node.save(SaveOptions::DisableFormatting).unwrap()),
        Err(exception) => format!("{exception:?}"),
    }
}

#[test]
fn documents_read_and_written_in_pieces_are_the_same() {
    let more = [
        "<!--a--> <?b c?> <!DOCTYPE a [<!ENTITY x \"<b>t&y;</b>\"><!ENTITY y '&#38;amp;'>]> <!--d--><a c='1'>&x;<!--e--></a> <!--f-->",
        "<!--a--><!DOCTYPE a [<!ENTITY x \"<b>\">]><a>&x;</a>",
        "<p:a xmlns:p='u' xmlns='v'><b xmlns:p='w' p:c='1'/><p:c/><d xmlns=''><e/></d></p:a><!--x--> <?y?> ",
        "<a><b/></a><c/>",
        "<a><b></a>",
    ];
    let texts = table::WRITTEN.iter().map(|(text, ..)| *text).chain(table::READ.iter().map(|(text, _)| *text));
    for text in texts.chain(more) {
        for options in [LoadOptions::None, LoadOptions::PreserveWhitespace] {
            for size in SIZES {
                let (document, _) = in_pieces(Loading::document(text.into(), options), *size);
                assert_eq!(told(document), told(XNode::parse_document(text, options)), "{text} in pieces of {size}");
                let (element, _) = in_pieces(Loading::element(text.into(), options), *size);
                assert_eq!(told(element), told(XNode::parse_element(text, options)), "{text} in pieces of {size}");
            }
            let Ok(document) = XNode::parse_document(text, options) else { continue };
            for node in document.nodes().into_iter().chain([document.clone()]) {
                for (size, layout) in
                    SIZES.iter().flat_map(|size| [(*size, SaveOptions::None), (*size, SaveOptions::DisableFormatting)])
                {
                    let (written, _) = in_pieces(Writing::new(&node, layout), size);
                    assert_eq!(written, node.write(layout), "{text} in pieces of {size}");
                }
            }
        }
    }
}

#[test]
fn pieces_are_as_long_as_was_asked_for() {
    let text = format!("<r>{}</r>", "<a b='1'>t</a>".repeat(1000));
    let (document, pieces) = in_pieces(Loading::document(text.as_str().into(), LoadOptions::None), 4000);
    assert!((13..=15).contains(&pieces), "{pieces} for 14,007 bytes of four steps");
    let (_, pieces) = in_pieces(Writing::new(&document.unwrap(), SaveOptions::DisableFormatting), 4000);
    assert!((13..=15).contains(&pieces), "{pieces}");
}
