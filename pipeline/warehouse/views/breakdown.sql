-- One row a year and state: the stated total of a table and its rows, which add up to it; each as a number with its interval, and as printed.
select
    year,
    jurisdiction,
    name,
    {table_columns},
    {notes}
from figures
where scope = 'state' and metric in ({table_metrics})
group by year, jurisdiction, name
order by year, jurisdiction
