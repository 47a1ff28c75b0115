//! From T-SQL to what SQLite can do: each statement of a batch, read by `sqlparser`, becomes a step. What is not known
//! here is refused. Nothing but the dialect changes: conditions, expressions and columns stay as they are written.

use std::ops::ControlFlow;

use sqlparser::ast::*;
use sqlparser::dialect::{MsSqlDialect, SQLiteDialect};
use sqlparser::parser::Parser;

/// A step of a batch. All SQL in it is SQLite's; variables are its named parameters.
#[derive(Debug)]
pub(crate) enum Step {
    /// An option of the session.
    Option(String),
    Begin,
    Commit,
    /// A lock of an application's own: here nobody else is at work anyway.
    Lock,
    /// `DECLARE @name … = value`.
    Declare {
        name: String,
        value: Option<String>,
    },
    /// `SELECT @name = …`.
    Assign {
        name: String,
        select: String,
    },
    Select(String),
    /// INSERT and CREATE.
    Run(String),
    If {
        condition: String,
        steps: Vec<Step>,
    },
    Change(Change),
    /// `THROW`.
    Throw(String),
}

/// An UPDATE or a DELETE, in two: which rows and what comes of them, all as it was before; and the change, row for row.
#[derive(Debug)]
pub(crate) struct Change {
    pub(crate) table: String,
    /// Gives rowid, what is set, and what of the old row is told.
    pub(crate) select: String,
    /// The columns that are set; none: the row is deleted.
    pub(crate) set: Vec<String>,
    /// The variable that gets what a column becomes.
    pub(crate) assigned: Option<(String, String)>,
    /// The columns that are told: of the row as it was (`deleted`), or as it is (`inserted`).
    pub(crate) output: Vec<(bool, String)>,
}

/// What `sqlparser` cannot read: where the answer of a procedure goes to; how rows are locked, which SQLite knows nothing of.
const UNREAD: [(&str, &str); 2] = [("EXEC @got = ", "EXEC "), ("ALTER INDEX ALL ON ", "-- ")];

pub(crate) fn parse(sql: &str) -> Result<Vec<Statement>, String> {
    let sql = UNREAD.iter().fold(sql.to_owned(), |sql, (unread, read)| sql.replace(unread, read));
    Parser::parse_sql(&MsSqlDialect {}, &sql).map_err(|error| error.to_string())
}

pub(crate) fn plan(sql: &str) -> Result<Vec<Step>, String> {
    let mut all = parse(sql)?;
    all.iter_mut().for_each(|statement| {
        let _: ControlFlow<()> = VisitMut::visit(statement, &mut Dialect);
    });
    all.into_iter()
        .map(step)
        .collect::<Result<Vec<_>, _>>()
        .map(|steps| steps.into_iter().flatten().collect())
}

/// As SQLite can call `@@ROWCOUNT`.
pub(crate) const ROWCOUNT: &str = "@rowcount";

fn step(statement: Statement) -> Result<Vec<Step>, String> {
    Ok(match statement {
        Statement::Set(set) => vec![Step::Option(set.to_string())],
        Statement::StartTransaction { .. } => vec![Step::Begin],
        Statement::Commit { .. } => vec![Step::Commit],
        Statement::Execute { name: Some(name), .. } if name.to_string() == "sp_getapplock" => {
            vec![Step::Lock]
        }
        Statement::Declare { stmts } => {
            let declare = |declare: Declare| Step::Declare {
                name: declare.names[0].to_string(),
                value: declare.assignment.map(|value| match value {
                    DeclareAssignment::MsSqlAssignment(value) => value.to_string(),
                    other => panic!("{other}"),
                }),
            };
            stmts.into_iter().map(declare).collect()
        }
        Statement::If(IfStatement { if_block, elseif_blocks, else_block: None, .. })
            if elseif_blocks.is_empty() =>
        {
            let steps = if_block.statements().iter().cloned().map(step).collect::<Result<Vec<_>, _>>()?;
            let condition = if_block.condition.unwrap().to_string().replace("@@ROWCOUNT", ROWCOUNT);
            vec![Step::If { condition, steps: steps.into_iter().flatten().collect() }]
        }
        Statement::Throw(throw) => vec![Step::Throw(throw.to_string())],
        Statement::Query(query) => vec![select_or_change(*query)?],
        Statement::Update(update) => vec![Step::Change(self::update(None, update)?)],
        Statement::Delete(delete) => vec![Step::Change(self::delete(None, delete)?)],
        Statement::CreateTable(_) | Statement::CreateIndex(_) | Statement::Insert(_) => {
            vec![Step::Run(statement.to_string())]
        }
        other => return Err(format!("the double knows no such statement: {other}")),
    })
}

fn select_or_change(mut query: Query) -> Result<Step, String> {
    let with = query.with.take();
    match *query.body {
        SetExpr::Update(Statement::Update(update)) => Ok(Step::Change(self::update(with, update)?)),
        SetExpr::Delete(Statement::Delete(delete)) => Ok(Step::Change(self::delete(with, delete)?)),
        SetExpr::Select(ref select) => {
            query.with = with;
            Ok(match select.projection.as_slice() {
                [SelectItem::ExprWithAlias { alias, .. }] if alias.value.starts_with('@') => {
                    let name = alias.value.clone();
                    let select = query.to_string().replace(&format!(" AS {name}"), "");
                    Step::Assign { name, select }
                }
                _ => Step::Select(query.to_string()),
            })
        }
        _ => Err("the double knows no such query".into()),
    }
}

fn update(with: Option<With>, update: Update) -> Result<Change, String> {
    let from = match update.from {
        Some(UpdateTableFromKind::AfterSet(from)) => from,
        Some(UpdateTableFromKind::BeforeSet(_)) => return Err("FROM stands before SET".into()),
        None => vec![update.table.clone()],
    };
    let (mut set, mut values, mut assigned) = (Vec::new(), Vec::new(), None);
    for Assignment { target, value } in update.assignments {
        let (mut target, mut value) = (target.to_string(), value);
        // `SET @variable = column = value`.
        if target.starts_with('@') {
            let Expr::BinaryOp { left, op: BinaryOperator::Eq, right } = value else {
                return Err(format!("{target} = {value}"));
            };
            assigned = Some((target, left.to_string()));
            (target, value) = (left.to_string(), *right);
        }
        set.push(target);
        values.push(value.to_string());
    }
    let target = update.table.relation.to_string();
    let change = change(with, &target, &from, update.selection, (set, values), update.output)?;
    Ok(Change { assigned, ..change })
}

fn delete(with: Option<With>, delete: Delete) -> Result<Change, String> {
    let (FromTable::WithFromKeyword(from) | FromTable::WithoutKeyword(from)) = delete.from;
    change(with, &from[0].to_string(), &from, delete.selection, Default::default(), delete.output)
}

/// `target`: what is changed, as it is called in `from`.
fn change(
    mut with: Option<With>,
    target: &str,
    from: &[TableWithJoins],
    selection: Option<Expr>,
    (set, values): (Vec<String>, Vec<String>),
    output: Option<OutputClause>,
) -> Result<Change, String> {
    let (table, rowid) = match with.as_mut() {
        // What is changed by way of a common table expression is its table.
        Some(with) => {
            let SetExpr::Select(select) = &mut *with.cte_tables[0].query.body else {
                return Err("no SELECT".into());
            };
            select.projection.push(SelectItem::UnnamedExpr(Expr::Identifier(Ident::new("rowid AS rid"))));
            (select.from[0].relation.to_string(), format!("{target}.rid"))
        }
        None => (named(from, target)?, format!("{target}.rowid")),
    };
    let mut told = Vec::new();
    if let Some(OutputClause::Output { select_items, .. }) = output {
        for item in select_items {
            let item = item.to_string();
            match item.split_once('.') {
                Some(("deleted", column)) => told.push((true, column.to_owned())),
                Some(("inserted", column)) => told.push((false, column.to_owned())),
                _ => return Err(format!("OUTPUT {item}")),
            }
        }
    }
    let old = told.iter().filter(|(old, _)| *old).map(|(_, column)| format!("{target}.{column}"));
    let columns: Vec<_> = [rowid].into_iter().chain(values).chain(old).collect();
    let from: Vec<_> = from.iter().map(ToString::to_string).collect();
    let with = with.map_or(String::new(), |with| format!("{with} "));
    let rows = selection.map_or(String::new(), |rows| format!(" WHERE {rows}"));
    let select = format!("{with}SELECT {} FROM {}{rows}", columns.join(", "), from.join(", "));
    Ok(Change { table, select, set, assigned: None, output: told })
}

/// The table that bears a name in FROM.
fn named(from: &[TableWithJoins], target: &str) -> Result<String, String> {
    for TableWithJoins { relation, .. } in from {
        if let TableFactor::Table { name, alias, .. } = relation {
            let called = alias.as_ref().map_or(name.to_string(), |alias| alias.name.to_string());
            if called == target {
                return Ok(name.to_string());
            }
        }
    }
    Err(format!("there is no {target} in FROM"))
}

/// What both dialects have, and write otherwise; and hints about locks, which the double cannot take.
struct Dialect;

impl VisitorMut for Dialect {
    type Break = ();

    fn pre_visit_query(&mut self, query: &mut Query) -> ControlFlow<()> {
        let SetExpr::Select(select) = &mut *query.body else { return ControlFlow::Continue(()) };
        if let Some(Top { quantity: Some(TopQuantity::Expr(limit)), .. }) = select.top.take() {
            query.limit_clause =
                Some(LimitClause::LimitOffset { limit: Some(limit), offset: None, limit_by: Vec::new() });
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_relation(&mut self, relation: &mut ObjectName) -> ControlFlow<()> {
        *relation = plain(relation);
        ControlFlow::Continue(())
    }

    fn pre_visit_table_factor(&mut self, table: &mut TableFactor) -> ControlFlow<()> {
        match table {
            TableFactor::Table { with_hints, .. } => with_hints.clear(),
            TableFactor::OpenJsonTable { json_expr, columns, alias: Some(alias), .. } => {
                let columns: Vec<_> = columns
                    .iter()
                    .map(|column| {
                        let path = column.path.as_deref().unwrap();
                        format!("json_extract(value, '{path}') AS {}", column.name)
                    })
                    .collect();
                let rows = format!("SELECT {} FROM json_each({json_expr})", columns.join(", "));
                let sql = format!("SELECT 1 FROM ({rows}) AS {}", alias.name);
                *table = only_table(&sql);
            }
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_expr(&mut self, expr: &mut Expr) -> ControlFlow<()> {
        let Expr::Function(function) = expr else { return ControlFlow::Continue(()) };
        match function.name.to_string().as_str() {
            "COUNT_BIG" => function.name = Ident::new("COUNT").into(),
            "SCHEMA_ID" => *expr = Expr::value(Value::Number("1".into(), false)),
            "DB_NAME" => *expr = Expr::value(Value::SingleQuotedString("tidings".into())),
            _ => {}
        }
        ControlFlow::Continue(())
    }

    fn pre_visit_statement(&mut self, statement: &mut Statement) -> ControlFlow<()> {
        match statement {
            Statement::CreateTable(table) => {
                table.name = plain(&table.name);
                table.columns.iter_mut().for_each(column);
            }
            Statement::CreateIndex(index) => index.table_name = plain(&index.table_name),
            Statement::Insert(Insert { table: TableObject::TableName(name), .. }) => *name = plain(name),
            _ => {}
        }
        ControlFlow::Continue(())
    }
}

/// A column that is numbered by itself is SQLite's rowid; otherwise its type is looked to when it is told.
fn column(column: &mut ColumnDef) {
    let numbered = column.options.iter().any(|option| matches!(option.option, ColumnOption::Identity(_)));
    column.data_type = if numbered { DataType::Integer(None) } else { DataType::Unspecified };
    column
        .options
        .retain(|option| !matches!(option.option, ColumnOption::Identity(_) | ColumnOption::Collation(_)));
}

/// A name without its schema; the server's own tables are the engine's.
fn plain(name: &ObjectName) -> ObjectName {
    match name.to_string().as_str() {
        "sys.tables" => Ident::new("sys_tables").into(),
        "sys.databases" => Ident::new("sys_databases").into(),
        name => Ident::new(name.strip_prefix("dbo.").unwrap_or(name)).into(),
    }
}

fn only_table(sql: &str) -> TableFactor {
    let mut all = Parser::parse_sql(&SQLiteDialect {}, sql).unwrap();
    let Some(Statement::Query(query)) = all.pop() else { panic!("{sql}") };
    let SetExpr::Select(mut select) = *query.body else { panic!("{sql}") };
    select.from.remove(0).relation
}
