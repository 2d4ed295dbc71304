WITH visit AS (SELECT * FROM dwd.visit), late AS (SELECT id FROM visit)
