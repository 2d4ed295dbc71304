SELECT l.id, f.amount, org FROM late l JOIN dwd.fee f ON f.id = l.id
