-- One row a year and state: the stated total of a table and its rows, which add up to it.
select
    observations.year,
    observations.jurisdiction,
    jurisdictions.name,
    {table_columns}
from observations
inner join jurisdictions on jurisdictions.jurisdiction = observations.jurisdiction
where jurisdictions.kind <> 'nation' and observations.metric in ({table_metrics})
group by observations.year, observations.jurisdiction, jurisdictions.name
order by observations.year, observations.jurisdiction
