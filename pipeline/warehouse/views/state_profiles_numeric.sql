-- One wide row a year and state: for each metric the number, its qualifier, the bounds of its interval, and the figure as printed.
select
    year,
    jurisdiction,
    name,
    fips,
    {numeric_columns},
    {notes}
from figures
where scope = 'state'
group by year, jurisdiction, name, fips
order by year, jurisdiction
