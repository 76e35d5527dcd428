-- Every sheet and every metric that sheets of its year print, of the nation and of its place: whether this sheet prints it, and how.
-- jurisdiction: Jurisdiction whose sheet it is; ISO 3166-2 code.
-- name: Name of the jurisdiction whose sheet it is.
-- sheet_status: Whether the sheet's figures count; see sheets.status.
-- prints: Whether this sheet prints the figure. False does not mean zero.
-- scope: Whether the figure is of the nation or of the sheet's place.
-- statement_id: Id of the statement that prints it; null if the sheet does not.
-- printed: The figure as this sheet prints it, on one line; null if it does not.
-- value: The number as this sheet prints it; null if it does not.
-- qualifier: What the wording says of the number; null if the sheet does not print it.
-- file: File of the sheet.
-- notes: What must not be misread: whether this sheet leaves the figure out, and what is said of the year's figure in figures.notes.
with first_statements as (
    select
        statement_id,
        file,
        jurisdiction,
        metric,
        trim(regexp_replace(printed, '\s+', ' ', 'g')) as printed,
        value,
        qualifier,
        lower,
        upper
    from statements
    qualify row_number() over (partition by file, jurisdiction, metric order by statement_id) = 1
)

select
    sheets.sheet_id,
    sheets.file,
    sheets.year,
    sheets.jurisdiction,
    jurisdictions.name,
    sheets.status as sheet_status,
    figures.scope,
    figures.program,
    figures.metric,
    figures.title,
    first_statements.statement_id is not null as prints,
    first_statements.printed,
    first_statements.value,
    first_statements.qualifier,
    first_statements.lower,
    first_statements.upper,
    first_statements.statement_id,
    nullif(concat_ws(
        ' ',
        case
            when first_statements.statement_id is null and figures.scope = 'nation' then
                'This sheet does not print this figure, which does not mean zero.'
        end,
        figures.notes
    ), '') as notes
from sheets
inner join jurisdictions on jurisdictions.jurisdiction = sheets.jurisdiction
inner join figures
    on figures.year = sheets.year
    and (figures.scope = 'nation' or figures.jurisdiction = sheets.jurisdiction)
left join first_statements
    on first_statements.file = sheets.file
    and first_statements.jurisdiction = figures.jurisdiction
    and first_statements.metric = figures.metric
where sheets.status in ('accepted', 'quarantined')
order by sheets.sheet_id, sheets.file, figures.scope, figures.metric
