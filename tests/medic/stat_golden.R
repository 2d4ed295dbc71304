# Reference values for test_stat.c, made by R (>= 4.1): Rscript --vanilla stat_golden.R > stat_golden.csv
# Lines: data,NAME,values...   and   FUNCTION,arguments...,value
options(digits = 17)
num <- function(v) formatC(v, digits = 17, format = "g")
say <- function(...) cat(paste(c(...), collapse = ","), "\n", sep = "")
put <- function(name, args, value) say(name, vapply(args, num, ""), num(value))
data_line <- function(name, v) say("data", name, vapply(v, num, ""))

for (x in c(-8, -3, -1.96, -0.5, 0, 0.1, 1, 2.5, 6)) { put("normal_p", x, pnorm(x)); put("normal_q", x, pnorm(x, lower.tail = FALSE)) }
for (p in c(1e-12, 0.001, 0.025, 0.3, 0.5, 0.9, 0.975, 0.999999)) put("normal_quantile", p, qnorm(p))
for (df in c(0.5, 1, 2, 3.7, 10, 60, 400, 5000)) for (x in c(0.01, 0.5, 1, 3, 12, 70, 420, 5100)) {
  put("chisq_p", c(x, df), pchisq(x, df)); put("chisq_q", c(x, df), pchisq(x, df, lower.tail = FALSE)) }
for (df in c(1, 2.5, 7, 30, 250, 1e5)) for (t in c(-6, -1, 0, 0.3, 1.96, 4, 25)) {
  put("t_p", c(t, df), pt(t, df)); put("t_two", c(t, df), 2 * pt(-abs(t), df)) }
for (d1 in c(1, 2, 5.5, 40)) for (d2 in c(1, 3, 17.25, 200, 20000)) for (f in c(0.05, 0.8, 1, 2.6, 9, 80)) {
  put("f_p", c(f, d1, d2), pf(f, d1, d2)); put("f_q", c(f, d1, d2), pf(f, d1, d2, lower.tail = FALSE)) }
for (p in c(0.001, 0.05, 0.5, 0.95, 0.999)) { put("chisq_quantile", c(p, 4), qchisq(p, 4)); put("t_quantile", c(p, 9), qt(p, 9)); put("f_quantile", c(p, 3, 20), qf(p, 3, 20)) }
for (k in c(2, 3, 5, 12)) for (df in c(2, 6, 20, 120)) for (q in c(0.5, 2, 3.5, 6)) put("tukey_p", c(q, k, df), if (k == 2) 2 * pt(q / sqrt(2), df) - 1 else ptukey(q, k, df)) # of two means the range is |t|: R's ptukey is off by 1e-4 there

# Samples of our own, made by formula: six groups of twelve.
groups <- lapply(c(A = 14, B = 15, C = 3, D = 5, E = 4, F = 16), function(m) m + 3.5 * sin(1:12 * (m + 0.3)) + 0.4 * cos(1:12 * 5))
for (g in names(groups)) data_line(paste0("spray", g), groups[[g]])
y <- unlist(groups); g <- factor(rep(names(groups), lengths(groups)))
a <- anova(lm(y ~ g))
put("anova_f", NULL, a[1, 4]); put("anova_p", NULL, a[1, 5]); put("anova_ss_between", NULL, a[1, 2]); put("anova_ss_within", NULL, a[2, 2])
w <- oneway.test(y ~ g); put("welch_f", NULL, w$statistic); put("welch_df2", NULL, w$parameter[2]); put("welch_p", NULL, w$p.value)
k <- kruskal.test(round(y) ~ g); put("kruskal_h", NULL, k$statistic); put("kruskal_p", NULL, k$p.value)
raw <- pairwise.t.test(y, g, p.adjust.method = "none")$p.value
bon <- pairwise.t.test(y, g, p.adjust.method = "bonferroni")$p.value
hol <- pairwise.t.test(y, g, p.adjust.method = "holm")$p.value
tk <- TukeyHSD(aov(y ~ g))$g
lev <- levels(g)
for (i in 1:5) for (j in (i + 1):6) { at <- c(i - 1, j - 1)
  put("pair_p", at, raw[lev[j], lev[i]]); put("pair_bonferroni", at, bon[lev[j], lev[i]]); put("pair_holm", at, hol[lev[j], lev[i]])
  put("pair_tukey", at, tk[paste0(lev[j], "-", lev[i]), "p adj"]); put("pair_difference", at, tk[paste0(lev[j], "-", lev[i]), "diff"]) }

x <- groups$A; z <- groups$C
put("mean", NULL, mean(x)); put("variance", NULL, var(x)); put("median", NULL, median(x))
for (p in c(0, 0.1, 0.25, 1/3, 0.5, 0.9, 1)) put("quantile", p, quantile(x, p, type = 7))
put("skewness", NULL, mean((x - mean(x))^3) / mean((x - mean(x))^2)^1.5)
tt <- t.test(x, z); put("t_test_t", NULL, tt$statistic); put("t_test_df", NULL, tt$parameter); put("t_test_p", NULL, tt$p.value)
ci <- t.test(x)$conf.int; put("mean_lo", NULL, ci[1]); put("mean_hi", NULL, ci[2])
for (h in list(c(0, 20), c(3, 20), c(450, 1000), c(20, 20))) { ci <- prop.test(h[1], h[2], correct = FALSE)$conf.int
  put("wilson_lo", h, max(0, ci[1])); put("wilson_hi", h, min(1, ci[2])) }
m <- matrix(c(12, 5, 7, 7, 9, 30), 2, byrow = TRUE); ch <- suppressWarnings(chisq.test(m, correct = FALSE))
put("chisq_table", NULL, ch$statistic); put("chisq_table_p", NULL, ch$p.value)
ch <- suppressWarnings(chisq.test(c(18, 22, 39), p = c(1, 1, 2) / 4)); put("chisq_fit", NULL, ch$statistic); put("chisq_fit_p", NULL, ch$p.value)
ks <- ks.test(x, z); put("ks_d", NULL, ks$statistic); put("ks_p", NULL, ks$p.value)
xr <- round(groups$A); zr <- round(groups$F + 3)
data_line("ties_a", xr); data_line("ties_b", zr)
put("ks_ties_p", NULL, psmirnov_p <- if (getRversion() >= "4.2.0") ks.test(xr, zr, exact = TRUE)$p.value else NA)
big1 <- sin(1:150 * 1.7); big2 <- cos(1:90 * 0.61) + 0.15
data_line("big_a", big1); data_line("big_b", big2); ks <- ks.test(big1, big2, exact = FALSE); put("ks_big_d", NULL, ks$statistic); put("ks_big_p", NULL, ks$p.value)
speed <- 1:50 / 2 + sin(1:50); dist <- -17 + 3.9 * speed + 15 * sin(1:50 * 2.3)
s <- summary(lm(dist ~ speed)); data_line("speed", speed); data_line("dist", dist)
put("slope", NULL, s$coefficients[2, 1]); put("intercept", NULL, s$coefficients[1, 1]); put("slope_se", NULL, s$coefficients[2, 2])
put("intercept_se", NULL, s$coefficients[1, 2]); put("slope_p", NULL, s$coefficients[2, 4]); put("r2", NULL, s$r.squared); put("sigma", NULL, s$sigma)
ct <- cor.test(speed, dist); put("cor", NULL, ct$estimate); put("cor_p", NULL, ct$p.value)
e <- c(100, 200, 400, 300); b <- c(120, 150, 500, 230); put("psi", NULL, sum((b / sum(b) - e / sum(e)) * log((b / sum(b)) / (e / sum(e)))))
m <- 0:143; ap <- ts((110 + 2.6 * m) * (1 + 0.2 * sin(2 * pi * m / 12) + 0.08 * cos(4 * pi * m / 12)) + 6 * sin(m * 1.9), frequency = 12); data_line("passengers", ap)
for (kind in c("additive", "multiplicative")) { h <- HoltWinters(ap, alpha = 0.3, beta = 0.05, gamma = 0.6, seasonal = kind)
  put(paste0("hw_sse_", kind), NULL, h$SSE); put(paste0("hw_level_", kind), NULL, h$coefficients[1]); put(paste0("hw_trend_", kind), NULL, h$coefficients[2])
  f <- predict(h, 13); put(paste0("hw_ahead_", kind), 1, f[1]); put(paste0("hw_ahead_", kind), 13, f[13])
  put(paste0("hw_best_", kind), NULL, HoltWinters(ap, seasonal = kind)$SSE) }
