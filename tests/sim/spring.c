/* SPDX-License-Identifier: Apache-2.0 */
#include "spring.h"

#include <stdio.h>
#include <string.h>

#include "kube.h"

#define FRAMES 71

struct request
spring_request(struct rng *r)
{
	uint64_t trace = rng_next(r) | 1, span = rng_next(r) | 1;

	return (struct request){
		.trace = trace, .span = span, .thread = 1 + rng_below(r, 10)
	};
}

struct text *
spring_line(struct world *w, enum service s, int64_t at_ns, const struct request *r,
	const char *level, const char *logger)
{
	struct text *t = world_line(w);
	char thread[16];

	text_spring_time(
		t, r->exact ? at_ns - 200 * NS_PER_US : world_app_clock(w, at_ns));
	if (r->trace == 0) {
		text_fmt(t, " %5s [%s,,,] 1 --- [", level, service_name(s));
	} else {
		text_fmt(t, " %5s [%s,", level, service_name(s));
		text_hex(t, r->trace, 16);
		text_char(t, ',');
		text_hex(t, r->span, 16);
		text_str(t, ",false] 1 --- [");
	}
	(void)snprintf(thread, sizeof(thread),
		r->thread < 10 ? "nio-8080-exec-%u" : "io-8080-exec-%u", r->thread % 100);
	text_fmt(t, "%15s] %-40s : ", thread, logger);
	return t;
}

static const char *const mine[] = {
	"works.weave.socks.orders.controllers.OrdersController.newOrder(OrdersController.java:121)",
	"sun.reflect.GeneratedMethodAccessor95.invoke(Unknown Source)",
	"java.base/jdk.internal.reflect.DelegatingMethodAccessorImpl.invoke(DelegatingMethodAccessorImpl.java:43)",
	"java.base/java.lang.reflect.Method.invoke(Method.java:566)",
	"org.springframework.web.method.support.InvocableHandlerMethod.doInvoke(InvocableHandlerMethod.java:205)",
	"org.springframework.web.method.support.InvocableHandlerMethod.invokeForRequest(InvocableHandlerMethod.java:133)",
	"org.springframework.web.servlet.mvc.method.annotation.ServletInvocableHandlerMethod.invokeAndHandle(ServletInvocableHandlerMethod.java:97)",
	"org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter.invokeHandlerMethod(RequestMappingHandlerAdapter.java:827)",
	"org.springframework.web.servlet.mvc.method.annotation.RequestMappingHandlerAdapter.handleInternal(RequestMappingHandlerAdapter.java:738)",
	"org.springframework.web.servlet.mvc.method.AbstractHandlerMethodAdapter.handle(AbstractHandlerMethodAdapter.java:85)",
	"org.springframework.web.servlet.DispatcherServlet.doDispatch(DispatcherServlet.java:963)",
	"org.springframework.web.servlet.DispatcherServlet.doService(DispatcherServlet.java:897)",
	"org.springframework.web.servlet.FrameworkServlet.processRequest(FrameworkServlet.java:970)",
	"org.springframework.web.servlet.FrameworkServlet.doPost(FrameworkServlet.java:872)",
	"javax.servlet.http.HttpServlet.service(HttpServlet.java:648)",
	"org.springframework.web.servlet.FrameworkServlet.service(FrameworkServlet.java:846)",
	"javax.servlet.http.HttpServlet.service(HttpServlet.java:729)",
};
static const char *const filters[] = {
	"org.apache.catalina.core.ApplicationFilterChain.internalDoFilter(ApplicationFilterChain.java:230)",
	"org.apache.catalina.core.ApplicationFilterChain.doFilter(ApplicationFilterChain.java:165)",
	"org.springframework.web.filter.OncePerRequestFilter.doFilter(OncePerRequestFilter.java:107)",
	"org.apache.catalina.core.ApplicationFilterChain.internalDoFilter(ApplicationFilterChain.java:192)",
	"org.springframework.cloud.sleuth.instrument.web.TraceFilter.doFilter(TraceFilter.java:152)",
	"org.springframework.boot.actuate.autoconfigure.MetricsFilter.doFilterInternal(MetricsFilter.java:106)",
	"org.springframework.web.filter.CharacterEncodingFilter.doFilterInternal(CharacterEncodingFilter.java:197)",
};
static const char *const server[] = {
	"org.apache.catalina.core.StandardWrapperValve.invoke(StandardWrapperValve.java:198)",
	"org.apache.catalina.core.StandardContextValve.invoke(StandardContextValve.java:96)",
	"org.apache.catalina.authenticator.AuthenticatorBase.invoke(AuthenticatorBase.java:474)",
	"org.apache.catalina.core.StandardHostValve.invoke(StandardHostValve.java:140)",
	"org.apache.catalina.valves.ErrorReportValve.invoke(ErrorReportValve.java:79)",
	"org.apache.catalina.core.StandardEngineValve.invoke(StandardEngineValve.java:87)",
	"org.apache.catalina.connector.CoyoteAdapter.service(CoyoteAdapter.java:349)",
	"org.apache.coyote.http11.Http11Processor.service(Http11Processor.java:783)",
	"org.apache.coyote.AbstractProcessorLight.process(AbstractProcessorLight.java:66)",
	"org.apache.coyote.AbstractProtocol$ConnectionHandler.process(AbstractProtocol.java:798)",
	"org.apache.tomcat.util.net.NioEndpoint$SocketProcessor.doRun(NioEndpoint.java:1434)",
	"org.apache.tomcat.util.net.SocketProcessorBase.run(SocketProcessorBase.java:49)",
	"java.base/java.util.concurrent.ThreadPoolExecutor.runWorker(ThreadPoolExecutor.java:1128)",
	"java.base/java.util.concurrent.ThreadPoolExecutor$Worker.run(ThreadPoolExecutor.java:628)",
	"org.apache.tomcat.util.threads.TaskThread$WrappingRunnable.run(TaskThread.java:61)",
	"java.base/java.lang.Thread.run(Thread.java:829)",
};

#define COUNT(a) (sizeof(a) / sizeof((a)[0]))

static const char *
frame(size_t i)
{
	if (i < COUNT(mine))
		return mine[i];
	if (i >= FRAMES - COUNT(server))
		return server[i - (FRAMES - COUNT(server))];
	return filters[(i - COUNT(mine)) % COUNT(filters)];
}

static const char *
jar(const char *frame_text)
{
	if (strncmp(frame_text, "org.apache", 10) == 0)
		return " ~[tomcat-embed-core-8.5.11.jar!/:8.5.11]";
	if (strncmp(frame_text, "org.springframework", 19) == 0)
		return " ~[spring-web-4.3.6.RELEASE.jar!/:4.3.6.RELEASE]";
	return strncmp(frame_text, "java.base", 9) == 0 ? " ~[na:na]"
							: " ~[classes!/:na]";
}

int64_t
spring_trace(struct world *w, enum service s, int64_t at_ns, bool printed,
	const char *exception, const char *cause)
{
	enum stream stream = printed ? STDERR : STDOUT;
	int64_t at = at_ns;

	if (!printed)
		world_sayf(w, s, at += 9000, stream, "%s", "");
	world_sayf(w, s, at += 11000, stream, "%s", exception);
	for (size_t i = 0; i < FRAMES; i++) {
		at += rng_range(&w->rng, 4000, 40000);
		world_sayf(w, s, at, stream, "\tat %s%s", frame(i),
			printed ? "" : jar(frame(i)));
	}
	if (cause != NULL) {
		world_sayf(w, s, at += 8000, stream, "Caused by: %s", cause);
		world_sayf(w, s, at += 8000, stream, "\t... %d more", FRAMES - 3);
	}
	if (!printed)
		world_sayf(w, s, at += 9000, stream, "%s", "");
	return at;
}

void
spring_mapped(struct world *w, enum service s, int64_t at_ns)
{
	struct request r = { .thread = 1 };

	for (unsigned i = 0; i < 31; i++) {
		bool first = i < 3;
		struct text *t =
			spring_line(w, s, at_ns + i * 900 * NS_PER_US, &r, "INFO",
				first ? "o.s.web.servlet.DispatcherServlet"
				      : "o.s.d.r.w.RepositoryRestHandlerMapping");

		if (first) {
			text_fmt(t,
				"FrameworkServlet 'dispatcherServlet': initialization %s",
				i == 0   ? "started"
				: i == 1 ? "continues"
					 : "completed in 41 ms");
		} else {
			text_str(t,
				"Mapped \"{[/{repository}/{id}/{property}],methods=[GET],produces=[");
			for (unsigned n = 0; n < i; n++)
				text_str(t, n == 0 ? "application/hal+json"
						   : " || application/json");
			text_fmt(t,
				"]}\" onto public org.springframework.http.ResponseEntity<?> "
				"org.springframework.data.rest.webmvc.Repository%uController",
				i);
		}
		world_say(w, s, at_ns + i * 900 * NS_PER_US, STDOUT);
	}
}
