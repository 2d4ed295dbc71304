SELECT a,
       '张', log(b)
FROM t