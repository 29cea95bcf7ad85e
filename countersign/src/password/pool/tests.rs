use std::sync::Weak;
use std::sync::mpsc;

use super::*;

/// The block of memory of a cheap hash.
const USUAL_KIB: u64 = 64;

fn pool(workers: usize, queue_limit: usize) -> Arc<Pool> {
    Arc::new(Pool::new(
        Settings {
            workers: NonZeroUsize::new(workers).unwrap(),
            queue_limit,
            idle_after: Duration::from_millis(1),
            usual_kib: USUAL_KIB,
        },
        Arc::default(),
    ))
}

/// Keeps a worker busy until the sender is dropped.
async fn occupy(pool: &Arc<Pool>, memory_kib: u64) -> mpsc::Sender<()> {
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = oneshot::channel();
    let pool = Arc::clone(pool);
    tokio::spawn(async move {
        let work = move |_: &mut WorkMemory| {
            begin.send(()).unwrap();
            assert!(released.recv().is_err());
        };
        pool.run(Kind::Hash, Requester::anonymous(), memory_kib, work)
            .await
    });
    begun.await.unwrap();
    release
}

fn ask(
    pool: &Arc<Pool>,
    requester: Requester,
) -> tokio::task::JoinHandle<Result<u8, PasswordError>> {
    let pool = Arc::clone(pool);
    tokio::spawn(async move { pool.run(Kind::Verification, requester, 0, |_| 1).await })
}

/// Waits until it is so.
///
/// # Panics
/// When it never becomes so, however often asked.
async fn until(mut condition: impl FnMut() -> bool) {
    for _ in 0..20_000 {
        if condition() {
            return;
        }
        tokio::time::sleep(Duration::from_millis(1)).await;
    }
    panic!("what the test waits for does not happen");
}

#[tokio::test]
async fn of_hundreds_no_more_wait_than_the_queue_holds() {
    let pool = pool(1, 8);
    let busy = occupy(&pool, 0).await;
    let waiting: Vec<_> = (0..400)
        .map(|key| ask(&pool, Requester::client(key)))
        .collect();
    until(|| pool.statistics().refused == 392).await;
    assert_eq!(pool.statistics().queued, 8);
    assert_eq!(pool.statistics().running, 1);
    drop(busy);
    let (mut served, mut refused) = (0, 0);
    for answer in waiting {
        match answer.await.unwrap() {
            Ok(_) => served += 1,
            Err(PasswordError::Busy { retry_after }) => {
                assert_eq!(retry_after, Duration::from_secs(1));
                refused += 1;
            }
            Err(error) => panic!("{error}"),
        }
    }
    assert_eq!((served, refused), (8, 392));
    assert_eq!(pool.statistics().verifications, 8);
}

#[tokio::test]
async fn no_more_than_two_of_one_client_wait() {
    let pool = pool(1, 100);
    let busy = occupy(&pool, 0).await;
    let one: Vec<_> = (0..50).map(|_| ask(&pool, Requester::client(7))).collect();
    let other = ask(&pool, Requester::client(8));
    until(|| pool.statistics().refused == 48 && pool.statistics().queued == 3).await;
    drop(busy);
    assert!(other.await.unwrap().is_ok());
    let mut served = 0;
    for answer in one {
        served += usize::from(answer.await.unwrap().is_ok());
    }
    assert_eq!(served, 2);
}

#[tokio::test]
async fn strangers_do_not_keep_a_known_device_waiting() {
    let pool = pool(1, 4);
    let busy = occupy(&pool, 0).await;
    let strangers: Vec<_> = (0..100)
        .map(|key| ask(&pool, Requester::client(key)))
        .collect();
    until(|| pool.statistics().refused == 96).await;
    let owner = ask(&pool, Requester::client(1).known_device());
    until(|| pool.statistics().queued == 5).await;
    drop(busy);
    assert!(owner.await.unwrap().is_ok());
    for stranger in strangers {
        let _ = stranger.await.unwrap();
    }
}

#[tokio::test]
async fn whoever_stops_waiting_gives_the_place_up_and_no_work_is_done() {
    let pool = pool(1, 4);
    let busy = occupy(&pool, 0).await;
    for _ in 0..100 {
        let waiting: Vec<_> = (0..4)
            .map(|key| ask(&pool, Requester::client(key)))
            .collect();
        until(|| pool.statistics().queued == 4).await;
        for waiter in waiting {
            waiter.abort();
        }
        until(|| pool.statistics().queued == 0).await;
    }
    drop(busy);
    assert!(ask(&pool, Requester::anonymous()).await.unwrap().is_ok());
    assert_eq!(pool.statistics().verifications, 1);
    assert_eq!(pool.statistics().refused, 0);
}

#[tokio::test]
async fn whoever_stops_waiting_during_the_work_harms_nobody() {
    let pool = pool(1, 4);
    let (release, released) = mpsc::channel::<()>();
    let (begin, begun) = oneshot::channel();
    let work = move |_: &mut WorkMemory| {
        begin.send(()).unwrap();
        released.recv().unwrap_err();
    };
    let running = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move { pool.run(Kind::Hash, Requester::anonymous(), 0, work).await }
    });
    begun.await.unwrap();
    running.abort();
    assert!(running.await.unwrap_err().is_cancelled());
    drop(release);
    assert!(ask(&pool, Requester::anonymous()).await.unwrap().is_ok());
}

#[tokio::test]
async fn a_panic_costs_neither_a_worker_nor_a_waiter() {
    let pool = pool(2, 10);
    for _ in 0..10 {
        let work = |_: &mut WorkMemory| panic!("this panic belongs to the test");
        let answer: Result<(), _> = pool
            .run(Kind::Verification, Requester::anonymous(), 1 << 20, work)
            .await;
        assert_eq!(answer, Err(PasswordError::Crashed));
    }
    // Both workers still work, side by side, and the memory that the ten were granted is free again.
    let first = occupy(&pool, 0).await;
    let second = occupy(&pool, 1 << 20).await;
    assert_eq!(pool.statistics().running, 2);
    drop((first, second));
    until(|| pool.statistics().running == 0).await;
}

#[tokio::test]
async fn costly_hashes_wait_until_there_is_memory_for_them() {
    let pool = pool(2, 10);
    let most = USUAL_KIB + MEMORY_LIMIT_KIB;
    let first = occupy(&pool, most - 1).await;
    let second = tokio::spawn({
        let pool = Arc::clone(&pool);
        async move {
            let work = |_: &mut WorkMemory| ();
            pool.run(Kind::Hash, Requester::anonymous(), USUAL_KIB + 2, work)
                .await
        }
    });
    until(|| pool.statistics().queued == 1).await;
    // The other worker is there, and serves whoever needs no extra memory and is next.
    let owner = Requester::anonymous().known_device();
    assert!(ask(&pool, owner).await.unwrap().is_ok());
    until(|| pool.statistics().running == 1).await;
    assert_eq!(pool.statistics().queued, 1);
    drop(first);
    assert_eq!(second.await.unwrap(), Ok(()));
    let alone = occupy(&pool, most).await;
    drop(alone);
}

#[tokio::test]
async fn the_threads_end_with_the_pool() {
    let pool = pool(3, 10);
    assert!(ask(&pool, Requester::anonymous()).await.unwrap().is_ok());
    assert_eq!(pool.statistics().workers, 3);
    let shared = Arc::downgrade(&pool.shared);
    until(|| Arc::strong_count(&pool) == 1).await;
    drop(pool);
    until(|| Weak::strong_count(&shared) == 0).await;
}

#[tokio::test]
async fn no_thread_starts_before_it_is_needed() {
    let pool = pool(2, 10);
    assert_eq!(pool.statistics(), PoolStatistics::default());
    assert_eq!(Arc::strong_count(&pool.shared), 1);
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn workers_have_a_name_a_low_priority_and_a_core_of_their_own() {
    let own = priority(&std::fs::read_to_string("/proc/thread-self/stat").unwrap());
    let pool = pool(2, 10);
    let mut threads = Vec::new();
    let mut gates = Vec::new();
    for _ in 0..2 {
        let (release, released) = mpsc::channel::<()>();
        let (tell, told) = oneshot::channel();
        let work = move |_: &mut WorkMemory| {
            let read = |file| std::fs::read_to_string(format!("/proc/thread-self/{file}")).unwrap();
            tell.send((read("comm"), read("stat"), read("status")))
                .unwrap();
            released.recv().unwrap_err();
        };
        let pool = Arc::clone(&pool);
        tokio::spawn(async move { pool.run(Kind::Hash, Requester::anonymous(), 0, work).await });
        threads.push(told.await.unwrap());
        gates.push(release);
    }
    let mut cores = Vec::new();
    for (name, stat, status) in threads {
        assert!(name.starts_with(THREAD_NAME), "{name}");
        assert_eq!(priority(&stat), own.max(10), "{stat}");
        let core = status
            .lines()
            .find_map(|line| line.strip_prefix("Cpus_allowed_list:"))
            .unwrap();
        cores.push(core.trim().parse::<usize>().expect("one core, not a list"));
    }
    if thread::available_parallelism().unwrap().get() > 1 {
        assert_ne!(cores[0], cores[1]);
    }
    // The thread that asks keeps its own.
    let stat = std::fs::read_to_string("/proc/thread-self/stat").unwrap();
    assert_eq!(priority(&stat), own);
}

/// The nice value: the nineteenth field (proc(5)); those after the name, which stands in brackets, begin with the third.
#[cfg(target_os = "linux")]
fn priority(stat: &str) -> i32 {
    let fields = stat.rsplit_once(')').unwrap().1;
    fields.split_whitespace().nth(16).unwrap().parse().unwrap()
}

#[cfg(target_os = "linux")]
#[tokio::test]
async fn memory_is_mapped_at_first_use_kept_in_work_and_given_back_when_idle() {
    use crate::password::argon2id;
    use crate::password::cost::Argon2Cost;

    // Large, so that what other tests do meanwhile does not matter.
    let cost = Argon2Cost::danger_weak(512 * 1_024, 1, 1).unwrap();
    let settings = Settings {
        workers: NonZeroUsize::MIN,
        queue_limit: 10,
        idle_after: Duration::from_millis(100),
        usual_kib: cost.memory_kib().into(),
    };
    let pool = Pool::new(settings, Arc::default());
    let quarter = 256 * 1_024;
    let run = async |hash: bool| {
        let work = move |memory: &mut WorkMemory| {
            let held = memory.is_held();
            if hash {
                argon2id::hash(b"password", &[1; 16], cost, memory).unwrap();
            }
            (held, resident_kib())
        };
        pool.run(
            Kind::Hash,
            Requester::anonymous(),
            cost.memory_kib().into(),
            work,
        )
        .await
        .unwrap()
    };
    let (held, before) = run(false).await;
    assert!(!held);
    let (held, during) = run(true).await;
    assert!(!held);
    assert!(during > before + quarter, "{before} {during}");
    // Asking wakes the worker, so it must be left alone for a while before each question.
    for _ in 0..100 {
        tokio::time::sleep(Duration::from_millis(300)).await;
        let (held, after) = run(false).await;
        if !held {
            assert!(after < during - quarter, "{during} {after}");
            return;
        }
    }
    panic!("the worker never gives its memory back");
}

#[cfg(target_os = "linux")]
fn resident_kib() -> u64 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap();
    let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"));
    line.unwrap()
        .trim()
        .trim_end_matches(" kB")
        .parse()
        .unwrap()
}
