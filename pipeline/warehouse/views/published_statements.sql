-- The statements on which an observation rests, with its id: accepted sheets only.
select
    observations.observation_id,
    statements.statement_id,
    statements.file,
    sheets.sha256,
    statements.printed,
    statements.quote,
    statements.page,
    statements.char_start,
    statements.char_end
from statements
inner join sheets on sheets.file = statements.file and sheets.status = 'accepted'
inner join observations
    on observations.year = statements.year
    and observations.jurisdiction = statements.jurisdiction
    and observations.metric = statements.metric
order by observations.observation_id, statements.statement_id
