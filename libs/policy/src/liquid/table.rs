//! `tablerow`: rows and cells of an HTML table, as DotLiquid writes them.

use super::data::Data;
use super::render::{Flow, Renderer};
use super::tree::{For, Operand};

impl Renderer<'_> {
    pub(super) async fn table(&mut self, table: &For, columns: &Operand) -> Result<(), String> {
        let over = self.value(&table.over)?;
        if matches!(over, Data::Nil) {
            return Ok(());
        }
        let (mut walk, length) = self.walk(table, &over)?;
        let columns = self.value(columns)?.integer().unwrap_or(0);
        let (mut row, mut column) = (1, 0);
        self.push("<tr class=\"row1\">\n")?;
        for at in 0..length {
            let item = if table.reversed { walk.next_back() } else { walk.next() };
            let item = item.unwrap_or_default();
            let place = place(at, length, column, columns);
            column += 1;
            self.push(&format!("<td class=\"col{column}\">"))?;
            let flow =
                self.round([("tablerowloop".into(), place), ((*table.variable).into(), item)], &table.body).await?;
            self.push("</td>")?;
            if flow == Flow::Break {
                break;
            }
            if column == columns && at + 1 != length {
                (row, column) = (row + 1, 0);
                self.push(&format!("</tr>\n<tr class=\"row{row}\">"))?;
            }
        }
        self.push("</tr>\n")
    }
}

/// `tablerowloop`
fn place(at: usize, length: usize, column: i64, columns: i64) -> Data {
    let number = |number: usize| Data::Integer(i64::try_from(number).unwrap_or(i64::MAX));
    Data::members(vec![
        ("length", number(length)),
        ("index", number(at + 1)),
        ("index0", number(at)),
        ("col", Data::Integer(column + 1)),
        ("col0", Data::Integer(column)),
        ("rindex", number(length - at)),
        ("rindex0", number(length - at - 1)),
        ("first", Data::Bool(at == 0)),
        ("last", Data::Bool(at + 1 == length)),
        ("col_first", Data::Bool(column == 0)),
        ("col_last", Data::Bool(column == columns - 1)),
    ])
}
