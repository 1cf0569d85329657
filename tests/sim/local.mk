# The simulator stands alone: neither libcore.a nor src/ on its include path.
check_PROGRAMS += tests/sim/sockshop-sim
tests_sim_sockshop_sim_CPPFLAGS = -include config.h
tests_sim_sockshop_sim_LDADD =
tests_sim_sockshop_sim_SOURCES = \
	tests/sim/agenda.c	tests/sim/agenda.h	\
	tests/sim/basket.c				\
	tests/sim/checkout.c	tests/sim/checkout.h	\
	tests/sim/crash.c				\
	tests/sim/dockerlog.c	tests/sim/dockerlog.h	\
	tests/sim/event.c	tests/sim/event.h	\
	tests/sim/frontend.c	tests/sim/frontend.h	\
	tests/sim/gokit.c	tests/sim/gokit.h	\
	tests/sim/json.c	tests/sim/json.h	\
	tests/sim/kube.c	tests/sim/kube.h	\
	tests/sim/latency.c				\
	tests/sim/layout.c	tests/sim/layout.h	\
	tests/sim/lines.c	tests/sim/lines.h	\
	tests/sim/login.c	tests/sim/login.h	\
	tests/sim/main.c				\
	tests/sim/near.c				\
	tests/sim/noise.c	tests/sim/noise.h	\
	tests/sim/orders.c	tests/sim/orders.h	\
	tests/sim/outage.c				\
	tests/sim/people.c	tests/sim/people.h	\
	tests/sim/plan.c	tests/sim/plan.h	\
	tests/sim/podjson.c	tests/sim/podjson.h	\
	tests/sim/rng.c		tests/sim/rng.h		\
	tests/sim/scenario.h				\
	tests/sim/shop.c	tests/sim/shop.h	\
	tests/sim/spring.c	tests/sim/spring.h	\
	tests/sim/stuck.c				\
	tests/sim/text.c	tests/sim/text.h	\
	tests/sim/traffic.c	tests/sim/traffic.h	\
	tests/sim/truth.c	tests/sim/truth.h	\
	tests/sim/world.c	tests/sim/world.h

EXTRA_DIST += tests/sim/README.md
