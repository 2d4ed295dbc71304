#include "engine/kernel.h"

#include "engine/backend.h"
#include "engine/source.h"

static sw_status unsupported(const sw_engine *e, sw_error *err) {
  return SW_FAIL(err, SW_E_ENGINE, "SW-ENGINE-0044", "引擎 %s 不支持本机函数", "engine %s runs no native functions", e->backend->name);
}

sw_status sw_kernel_register(sw_conn *c, const sw_kernel *k, sw_error *err) {
  if (c->engine->backend->kernel_register) return c->engine->backend->kernel_register(c, k, err);
  if (k->ctx_free) k->ctx_free(k->ctx);
  return unsupported(c->engine, err);
}

sw_status sw_kernel_register_free(sw_conn *c, const sw_kernel *k, char name[SW_KERNEL_NAME], sw_error *err) {
  if (c->engine->backend->kernel_register_free) return c->engine->backend->kernel_register_free(c, k, name, err);
  if (k->ctx_free) k->ctx_free(k->ctx);
  return unsupported(c->engine, err);
}

sw_status sw_kernel_drop(sw_conn *c, const char *name, sw_error *err) {
  return c->engine->backend->kernel_drop ? c->engine->backend->kernel_drop(c, name, err) : SW_OK;
}

sw_status sw_source_register(sw_conn *c, const sw_source *s, sw_error *err) {
  if (c->engine->backend->source_register) return c->engine->backend->source_register(c, s, err);
  if (s->ctx_free) s->ctx_free(s->ctx);
  return unsupported(c->engine, err);
}

sw_status sw_source_drop(sw_conn *c, const char *name, sw_error *err) {
  return c->engine->backend->source_drop ? c->engine->backend->source_drop(c, name, err) : SW_OK;
}
