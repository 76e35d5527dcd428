-- One row a year and national metric: the figure on which the sheets agree, and how many print it; absent ones say why.
select
    year,
    program,
    metric,
    title,
    printed,
    value,
    qualifier,
    lower,
    upper,
    unit,
    period,
    coverage,
    status,
    statements,
    notes
from figures
where scope = 'nation'
order by year, metric
