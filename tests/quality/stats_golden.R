# Reference values of test_volume.c, made by R (>= 4.1): Rscript --vanilla stats_golden.R
# The mean and the variance of a count; its tails at k; then the tests of two samples.
options(digits = 17)
for (a in list(c(3, 20, 40), c(0, 12, 12), c(150, 80, 400), c(2, 0.7, 5), c(55, 60, 60), c(1300, 1000, 9000))) {
  k <- a[1]; m <- a[2]; v <- a[3]
  if (v > m) { size <- m^2 / (v - m); p <- pnbinom(k, size = size, mu = m); q <- pnbinom(k - 1, size = size, mu = m, lower.tail = FALSE) }
  else { p <- ppois(k, m); q <- ppois(k - 1, m, lower.tail = FALSE) }
  cat(sprintf("{%g, %g, %g, %.17g, %.17g},\n", k, m, v, p, q))
}
x <- c(30, 45, 25, 60, 8); y <- c(40, 30, 35, 52, 22)
t <- suppressWarnings(chisq.test(rbind(x, y), correct = FALSE))
cat(sprintf("chisq %.17g df %g p %.17g\n", t$statistic, t$parameter, t$p.value))
a <- qnorm(ppoints(150)); b <- qnorm(ppoints(120), 0.3, 1.1)
t <- ks.test(a, b, exact = FALSE)
cat(sprintf("ks D %.17g p %.17g\n", t$statistic, t$p.value))
p <- c(0.0001, 0.004, 0.019, 0.012, 0.6)
cat(sprintf("holm %.17g\n", p.adjust(p, "holm")))
cat(sprintf("t two-sided %.17g\n", 2 * pt(-5.2, 178)))
