%% The same questions on the BEAM with one scheduler. Prints "question operations-per-second" (bytes for idle).
-module(beam).
-export([main/0, run/1, init/1, handle_call/3, handle_cast/2, handle_info/2, start_child/1, crasher/1]).

main() ->
    logger:set_primary_config(level, none),
    Names = [list_to_atom(N) || N <- init:get_plain_arguments()],
    [io:format("~s ~w~n", [N, run(N)]) || N <- Names],
    halt().

timed(Ops, Fun) ->
    T = erlang:monotonic_time(nanosecond),
    Fun(),
    D = erlang:monotonic_time(nanosecond) - T,
    Ops * 1000000000 / D.

in_process(Fun) ->
    {_, R} = spawn_monitor(Fun),
    receive {'DOWN', R, _, _, _} -> ok end.

%% ping-pong: round trips
run('ping-pong') ->
    N = 500000,
    timed(N, fun() -> in_process(fun() ->
        P = spawn_link(fun() -> echo() end),
        ping(P, N), unlink(P), exit(P, kill) end) end);
run('ring-1') -> ring(1, 1000000);
run('ring-100') -> ring(100, 2000000);
run('producers') ->
    N = 1000000,
    timed(N, fun() -> in_process(fun() ->
        C = self(),
        [spawn_link(fun() -> produce(C, I, 0, N div 100) end) || I <- lists:seq(1, 100)],
        consume(N, #{}) end) end);
run('call-1') ->
    N = 300000,
    {ok, S} = gen_server:start(?MODULE, 0, []),
    R = timed(N, fun() -> in_process(fun() -> calls(S, N) end) end),
    gen_server:stop(S), R;
run('call-100') ->
    N = 300000,
    {ok, S} = gen_server:start(?MODULE, 0, []),
    R = timed(N, fun() -> in_process(fun() ->
        Ms = [spawn_monitor(fun() -> calls(S, N div 100) end) || _ <- lists:seq(1, 100)],
        [receive {'DOWN', M, _, _, _} -> ok end || {_, M} <- Ms] end) end),
    gen_server:stop(S), R;
run('cast') ->
    N = 1000000,
    {ok, S} = gen_server:start(?MODULE, 0, []),
    R = timed(N, fun() -> in_process(fun() -> casts(S, N div 1000) end) end),
    gen_server:stop(S), R;
run('spawn') ->
    N = 500000,
    timed(N, fun() -> in_process(fun() -> spawns(N div 100) end) end);
run('idle') ->
    N = 100000,
    Before = erlang:memory(processes),
    Ps = [begin {ok, P} = gen_server:start(?MODULE, 0, []), P end || _ <- lists:seq(1, N)],
    After = erlang:memory(processes),
    [exit(P, kill) || P <- Ps],
    (After - Before) / N;
run('lookup') ->
    N = 2000000,
    T = ets:new(names, [set, public, {read_concurrency, true}]),
    [ets:insert(T, {integer_to_binary(I), self(), undefined}) || I <- lists:seq(1, 1000)],
    Keys = list_to_tuple([integer_to_binary(I) || I <- lists:seq(1, 1000)]),
    timed(N, fun() -> lookups(T, Keys, N) end);
run('dispatch') ->
    N = 10000, Rounds = 20,
    in_result(fun(Parent) ->
        Ps = [spawn_link(fun() -> subscriber(Parent) end) || _ <- lists:seq(1, N)],
        R = timed(N * Rounds, fun() -> [[P ! {event, I} || P <- Ps] || I <- lists:seq(1, Rounds)],
            [P ! {report, self()} || P <- Ps], [receive done -> ok end || _ <- Ps] end),
        [begin unlink(P), exit(P, kill) end || P <- Ps], R end);
run('restarts') ->
    N = 2000,
    in_result(fun(_) ->
        process_flag(trap_exit, true),
        Me = self(),
        timed(N, fun() ->
            {ok, Sup} = supervisor:start_link(?MODULE, {restarts, N + 1, Me}),
            crash(N),
            unlink(Sup), exit(Sup, kill) end) end);
run('start-child') ->
    N = 100000,
    in_result(fun(_) ->
        process_flag(trap_exit, true),
        {ok, Sup} = supervisor:start_link(?MODULE, dynamic),
        R = timed(N, fun() -> [supervisor:start_child(Sup, [0]) || _ <- lists:seq(1, N)] end),
        exit(Sup, kill), receive {'EXIT', Sup, _} -> ok end, R end);
run('selective') ->
    N = 2000,
    in_result(fun(_) ->
        [self() ! {other, I} || I <- lists:seq(1, 10000)],
        timed(N, fun() -> [begin self() ! {mine, I}, receive {mine, I} -> ok end end || I <- lists:seq(1, N)] end) end);
run('call-queued') ->
    N = 200000,
    {ok, S} = gen_server:start(?MODULE, 0, []),
    R = in_result(fun(_) ->
        [self() ! {other, I} || I <- lists:seq(1, 10000)],
        timed(N, fun() -> calls(S, N) end) end),
    gen_server:stop(S), R.

in_result(Fun) ->
    Me = self(),
    {P, M} = spawn_monitor(fun() -> Me ! {result, self(), Fun(self())} end),
    receive {result, P, R} -> erlang:demonitor(M, [flush]), R; {'DOWN', M, _, _, Why} -> exit(Why) end.

echo() -> receive {From, X} -> From ! {self(), X}, echo() end.
ping(_, 0) -> ok;
ping(P, N) -> P ! {self(), N}, receive {P, N} -> ping(P, N - 1) end.

ring(Tokens, Hops) ->
    in_result(fun(Parent) ->
        First = spawn_link(fun() -> receive {next, P} -> node_loop(P, Parent) end end),
        Last = lists:foldl(fun(_, Next) -> spawn_link(fun() -> node_loop(Next, Parent) end) end, First, lists:seq(1, 999)),
        First ! {next, Last},
        timed(Hops, fun() ->
            [Last ! (Hops div Tokens) || _ <- lists:seq(1, Tokens)],
            [receive over -> ok end || _ <- lists:seq(1, Tokens)] end) end).
node_loop(Next, Parent) ->
    receive 0 -> Parent ! over; K -> Next ! (K - 1) end, node_loop(Next, Parent).

produce(_, _, _, 0) -> ok;
produce(C, I, S, N) -> C ! {I, S}, produce(C, I, S + 1, N - 1).
consume(0, _) -> ok;
consume(N, Seen) ->
    receive {I, S} -> case maps:get(I, Seen, 0) of S -> consume(N - 1, Seen#{I => S + 1}) end end.

calls(_, 0) -> ok;
calls(S, N) -> gen_server:call(S, {add, 1}), calls(S, N - 1).
casts(S, 0) -> gen_server:call(S, get);
casts(S, K) -> [gen_server:cast(S, inc) || _ <- lists:seq(1, 1000)], gen_server:call(S, get), casts(S, K - 1).
spawns(0) -> ok;
spawns(K) ->
    Ms = [spawn_monitor(fun() -> ok end) || _ <- lists:seq(1, 100)],
    [receive {'DOWN', M, _, _, _} -> ok end || {_, M} <- Ms], spawns(K - 1).
lookups(_, _, 0) -> ok;
lookups(T, Keys, N) -> [_] = ets:lookup(T, element(N rem 1000 + 1, Keys)), lookups(T, Keys, N - 1).
subscriber(Parent) -> receive {report, From} -> From ! done, subscriber(Parent); _ -> subscriber(Parent) end.
crash(0) -> ok;
crash(N) -> receive {up, P} -> P ! crash end, crash(N - 1).
crasher(Boss) -> gen_server:start_link(?MODULE, {crasher, Boss}, []).
start_child(Arg) -> gen_server:start_link(?MODULE, Arg, []).

init({restarts, N, Boss}) -> {ok, {#{strategy => one_for_one, intensity => N, period => 1000}, [#{id => c, start => {?MODULE, crasher, [Boss]}}]}};
init({crasher, Boss}) -> Boss ! {up, self()}, {ok, 0};
init(dynamic) -> {ok, {#{strategy => simple_one_for_one}, [#{id => c, start => {?MODULE, start_child, []}, restart => temporary}]}};
init(N) -> {ok, N}.
handle_call({add, K}, _, N) -> {reply, N + K, N + K};
handle_call(get, _, N) -> {reply, N, N}.
handle_cast(inc, N) -> {noreply, N + 1}.
handle_info(crash, N) -> {stop, boom, N};
handle_info(_, N) -> {noreply, N}.
