-- Every reason for which a sheet is left out of observations.
select
    file,
    sheet_id,
    check_name,
    expected,
    found,
    message
from checks
where not passed and level = 'error' and file is not null
order by file, check_id
