#include "cli/progress.h"

#include "base/utf8.h"
#include "cli/listing.h"

#include <unistd.h>

enum { BAR = 24, REDRAW_US = 100000 };

static void wipe(sw_progress *p) {
  if (p->bar_shown) fputs("\r\033[K", stderr);
  p->bar_shown = false;
}

static void human(int64_t v, const char *unit, char out[32]) {
  if (unit && strcmp(unit, "bytes") == 0) sw_human_bytes(v, out);
  else sw_human_int(v, out);
}

static void draw(sw_progress *p, const sw_event *e) {
  int64_t now = sw_mono_us();
  if (strncmp(p->what, e->what ? e->what : "", sizeof p->what - 1) != 0) {
    snprintf(p->what, sizeof p->what, "%s", e->what ? e->what : "");
    p->started_us = now;
    p->start_done = e->done;
  }
  bool last = e->total > 0 && e->done >= e->total;
  if (!last && now - p->last_draw_us < REDRAW_US) return;
  p->last_draw_us = now;
  double secs = (double)(now - p->started_us) / 1e6;
  double rate = secs > 0.2 ? (double)(e->done - p->start_done) / secs : 0;
  char done[32], per[32], left[32] = "";
  human(e->done, e->unit, done);
  human((int64_t)rate, e->unit, per);
  wipe(p);
  fprintf(stderr, "  %-28.60s ", p->what);
  if (e->total > 0) {
    int full = (int)(e->done * BAR / e->total);
    for (int i = 0; i < BAR; i++) fputs(i < full ? "█" : "░", stderr);
    fprintf(stderr, " %3d%%", (int)(e->done * 100 / e->total));
    if (rate > 0) sw_human_seconds((double)(e->total - e->done) / rate, left);
  }
  fprintf(stderr, " %s", done);
  if (rate > 0) fprintf(stderr, "  %s/s", per);
  if (left[0]) fprintf(stderr, "  %s %s", p->cli->lang == SW_LANG_ZH ? "剩余" : "left", left);
  fflush(stderr);
  p->bar_shown = true;
}

static const char *state_word(sw_lang lang, const char *state) {
  static const struct {
    const char *key, *zh, *mark;
  } WORDS[] = {{"started", "开始", "▸"}, {"done", "完成", "✓"},  {"failed", "失败", "✗"},
               {"retry", "重试", "↻"},   {"skipped", "跳过", "–"}, {"cancelled", "已停止", "■"}};
  static _Thread_local char out[48];
  for (size_t i = 0; i < sizeof WORDS / sizeof *WORDS; i++)
    if (strcmp(WORDS[i].key, state) == 0) {
      snprintf(out, sizeof out, "%s %s", WORDS[i].mark, lang == SW_LANG_ZH ? WORDS[i].zh : state);
      return out;
    }
  return state;
}

static void say(sw_progress *p, const sw_event *e) {
  sw_lang lang = p->cli->lang;
  wipe(p);
  if (e->kind == SW_EVENT_STEP) {
    if (p->terminal && strcmp(e->state, "started") == 0) return; /* the bar shows it */
    fprintf(stderr, "  %s  %s%s%s\n", state_word(lang, e->state), e->what, e->text[lang] ? "  " : "",
            e->text[lang] ? e->text[lang] : "");
    return;
  }
  fprintf(stderr, "%s%s\n", e->kind == SW_EVENT_WARNING ? (lang == SW_LANG_ZH ? "注意：" : "note: ") : "", e->text[lang]);
}

static void on_event(void *ctx, const sw_event *e) {
  sw_progress *p = ctx;
  pthread_mutex_lock(&p->lock);
  if (e->kind != SW_EVENT_PROGRESS) say(p, e);
  else if (p->terminal) draw(p, e);
  pthread_mutex_unlock(&p->lock);
}

void sw_progress_begin(sw_progress *p, sw_cli *cli) {
  *p = (sw_progress){.cli = cli, .terminal = isatty(STDERR_FILENO) == 1};
  pthread_mutex_init(&p->lock, NULL);
  p->events = (sw_events){.on_event = on_event, .ctx = p};
  cli->events = cli->quiet ? NULL : &p->events;
}

void sw_progress_end(sw_progress *p) {
  wipe(p);
  pthread_mutex_destroy(&p->lock);
}
