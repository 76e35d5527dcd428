-- One wide row a year and state: a column for each metric that sheets print of a state, each figure as printed; null where none is published.
select
    year,
    jurisdiction,
    name,
    fips,
    {printed_columns},
    {notes}
from figures
where scope = 'state'
group by year, jurisdiction, name, fips
order by year, jurisdiction
